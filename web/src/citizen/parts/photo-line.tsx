import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Photo } from "../../contracts";
import type { Signed } from "../http";
import { t } from "../text";

/** A photo of the conversation, fetched with our ticket when it comes into sight. */
export function PhotoLine({ photo, isOwn, signed }: { photo: Photo; isOwn: boolean; signed: Signed }) {
  const address = useSignal("");
  const failed = useSignal(false);
  const place = useRef<HTMLDivElement>(null);

  const fetchIt = async (): Promise<void> => {
    failed.value = false;
    try {
      address.value = URL.createObjectURL(await signed.photo(photo.photo_id));
    } catch {
      failed.value = true;
    }
  };

  useEffect(() => {
    const sight = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      sight.disconnect();
      void fetchIt();
    });
    if (place.current) sight.observe(place.current);
    return () => {
      sight.disconnect();
      if (address.peek()) URL.revokeObjectURL(address.peek());
    };
  }, [photo.photo_id]);

  const name = isOwn ? t("photoOfYou") : t("photoOfStaff");
  return (
    <div class="photo" ref={place}>
      {address.value ? (
        <a
          href={address.value}
          target="_blank"
          rel="noopener"
          aria-label={`${photo.description || name}: ${t("photoOpen")} (${t("opensOutside")})`}
        >
          <img src={address.value} alt={photo.description || name} {...size(photo)} />
        </a>
      ) : failed.value ? (
        <p class="error">
          {t("photoAway")}{" "}
          <button type="button" class="small" onClick={() => void fetchIt()}>
            {t("retry")}
          </button>
        </p>
      ) : (
        <p class="quiet">{t("loading")}</p>
      )}
      {photo.description && <p class="words">{photo.description}</p>}
    </div>
  );
}

/** Its place is kept free until it is there: nothing jumps. */
function size(photo: Photo): { width?: number; height?: number } {
  return photo.width && photo.height ? { width: photo.width, height: photo.height } : {};
}
