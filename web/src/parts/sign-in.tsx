import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../api";
import { signIn } from "../session";
import { say } from "../sign-in-words";
import { t } from "../text";
import { LanguageButton, ThemeButton } from "./preference-buttons";

export function SignIn() {
  const error = useSignal("");
  const isBusy = useSignal(false);
  const login = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  useEffect(() => login.current?.focus(), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    error.value = "";
    try {
      await signIn(login.current?.value.trim() ?? "", password.current?.value ?? "");
    } catch (reason) {
      error.value = sentenceOf(reason);
      password.current?.select();
    } finally {
      isBusy.value = false;
    }
  };

  return (
    <main class="sign-in">
      <form class="sign-in-box" onSubmit={submit}>
        <p class="brand">{t("product")}</p>
        <h1>{say("signInTitle")}</h1>
        <p class="quiet">{say("signInNote")}</p>
        <label>
          <span>{say("login")}</span>
          <input ref={login} name="login" autocomplete="username" autocapitalize="none" required maxLength={64} />
        </label>
        <label>
          <span>{say("password")}</span>
          <input
            ref={password}
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxLength={256}
          />
        </label>
        <p class="error" role="alert">
          {error.value}
        </p>
        <button class="primary large" type="submit" aria-disabled={isBusy.value}>
          {isBusy.value ? say("signingIn") : say("signIn")}
        </button>
      </form>
      <footer class="sign-in-foot">
        <LanguageButton />
        <ThemeButton />
      </footer>
    </main>
  );
}
