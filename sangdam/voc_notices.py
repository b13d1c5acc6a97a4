"""Where a site's alerts are told: whom its settings name, checked at start."""

from typing import Final

from chat_gateway.mail import Mailer, is_address, mail_server
from contracts.errors import BadSetting
from sangdam.settings import Settings, revealed
from store.database import Database
from voc.alerting.courier import Courier, MailWay, Way, WebhookWay
from voc.alerting.notices import Notices
from voc.alerting.webhook import Webhook, check_url
from voc.rules import Rules

MOST_RECIPIENTS: Final = 50


def site_courier(options: Settings, database: Database) -> Courier | None:
    """Sends notices; None where nobody is to be told.

    Raises:
        BadSetting: an address, the mail server, the webhook's URL or its key is missing or wrong.
    """
    ways: list[Way] = [*_mail(options), *_webhook(options)]
    return Courier(database, ways) if ways else None


def site_notices(options: Settings, rules: Rules) -> Notices:
    """What they say."""
    return Notices(
        options.public_url.rstrip("/"),
        ways=(*(("mail",) if options.voc_mail else ()), *(("webhook",) if options.voc_webhook else ())),
        zone=rules.zone,
    )


def _mail(options: Settings) -> list[MailWay]:
    recipients = tuple(dict.fromkeys(options.voc_mail.split()))
    if not recipients:
        return []
    if wrong := [address for address in recipients if not is_address(address)]:
        raise BadSetting(
            f"SANGDAM_VOC_MAIL의 '{wrong[0]}'은(는) 메일 주소가 아닙니다. 주소를 빈칸으로 나누어 적으십시오.",
            f"'{wrong[0]}' in SANGDAM_VOC_MAIL is no mail address; put addresses apart by spaces.",
        )
    if len(recipients) > MOST_RECIPIENTS:
        raise BadSetting(
            f"SANGDAM_VOC_MAIL에는 {MOST_RECIPIENTS}명까지 적을 수 있습니다. 그보다 많으면 메일링 리스트를 쓰십시오.",
            f"SANGDAM_VOC_MAIL takes {MOST_RECIPIENTS} addresses at most; use a mailing list for more.",
        )
    server = mail_server(options.smtp, revealed(options.smtp_password) or "", options.mail_from)
    if server is None:
        raise BadSetting(
            "SANGDAM_VOC_MAIL로 알리려면 SANGDAM_SMTP와 SANGDAM_MAIL_FROM도 있어야 합니다.",
            "to mail alerts (SANGDAM_VOC_MAIL), set SANGDAM_SMTP and SANGDAM_MAIL_FROM, too.",
        )
    return [MailWay(Mailer(server).send_notice, recipients)]


def _webhook(options: Settings) -> list[WebhookWay]:
    if not options.voc_webhook:
        return []
    key = revealed(options.voc_webhook_key) or ""
    check_url(options.voc_webhook, key)
    return [WebhookWay(Webhook(options.voc_webhook, key))]
