import { t } from "../text";

const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,)\]}!?]/g;

/** Text with its web addresses as links. Text stays text: nothing in it is ever markup. */
export function Linked({ text }: { text: string }) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    parts.push(text.slice(end, found.index));
    parts.push(
      <a href={found[0]} target="_blank" rel="noopener noreferrer">
        {found[0]}
        <span class="visually-hidden"> ({t("opensOutside")})</span>
      </a>,
    );
    end = found.index + found[0].length;
  }
  return (
    <>
      {parts}
      {text.slice(end)}
    </>
  );
}
