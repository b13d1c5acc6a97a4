/** The site's canned answers: typed words filter, arrows walk, Enter puts one into the reply. It is never sent by that. */
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { CannedAnswer } from "../contracts";
import { matching } from "./canned";
import { site } from "./desk";
import { focusReply, insert, picker } from "./reply";
import { say } from "./words";

const LIST = "canned-list";

export function CannedPicker() {
  const asked = useSignal("");
  const at = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  const found = matching(site.value?.answers ?? [], asked.value);
  const index = Math.min(at.value, Math.max(0, found.length - 1));
  useEffect(() => list.current?.children[index]?.scrollIntoView({ block: "nearest" }), [index]);

  const close = (): void => {
    picker.value = "closed";
    focusReply();
  };
  const take = (answer: CannedAnswer | undefined): void => {
    if (answer) insert(answer.text, say("insertedCanned"));
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (steps !== undefined && found.length > 0) at.value = (index + steps + found.length) % found.length;
    else if (event.key === "Enter") take(found[index]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="canned" role="group" aria-label={say("canned")}>
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={LIST}
        aria-activedescendant={found.length > 0 ? `canned-${index}` : undefined}
        aria-label={say("cannedFind")}
        placeholder={say("cannedFind")}
        autocomplete="off"
        spellcheck={false}
        value={asked.value}
        onInput={(event) => {
          asked.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={pressed}
        onBlur={({ relatedTarget }) => {
          if (!(relatedTarget instanceof Element && relatedTarget.closest(".canned"))) picker.value = "closed";
        }}
      />
      <ul ref={list} id={LIST} role="listbox" aria-label={say("canned")} tabIndex={-1}>
        {found.map((answer, place) => (
          <li
            key={`${answer.title} ${answer.text}`}
            id={`canned-${place}`}
            role="option"
            aria-selected={place === index}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(answer)}
          >
            <strong>{answer.title}</strong>
            <span>{answer.text}</span>
          </li>
        ))}
      </ul>
      <p class="quiet" role="status">
        {found.length === 0 ? say("cannedNone") : ""}
      </p>
    </div>
  );
}
