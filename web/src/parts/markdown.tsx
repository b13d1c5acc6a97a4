import { type Inline, blocksOf } from "../markdown";
import { withPassage } from "../passage";

/** An article's text; `passage` is marked where it stands in it. */
export function Markdown({ text, passage = "" }: { text: string; passage?: string }) {
  return (
    <div class="markdown">
      {withPassage(blocksOf(text), passage).map((block, index) => {
        switch (block.kind) {
          case "heading": {
            // The sheet's own title is the h2.
            const Tag = block.level <= 2 ? "h3" : "h4";
            return <Tag key={index}>{inline(block.content)}</Tag>;
          }
          case "paragraph":
            return <p key={index}>{inline(block.content)}</p>;
          case "list": {
            const Tag = block.ordered ? "ol" : "ul";
            return (
              <Tag key={index}>
                {block.items.map((item, at) => (
                  <li key={at}>{inline(item)}</li>
                ))}
              </Tag>
            );
          }
          case "table":
            return (
              <table key={index}>
                <tbody>
                  {block.rows.map((row, at) => (
                    <tr key={at}>
                      {row.map((cell, column) => {
                        const Tag = at === 0 ? "th" : "td";
                        return <Tag key={column}>{inline(cell)}</Tag>;
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            );
        }
      })}
    </div>
  );
}

function inline(parts: Inline[]) {
  return parts.map((part, index) => (part.isMarked ? <mark key={index}>{told(part, index)}</mark> : told(part, index)));
}

function told(part: Inline, key: number) {
  switch (part.kind) {
    case "text":
      return part.text;
    case "strong":
      return <strong key={key}>{part.text}</strong>;
    case "link":
      return (
        <a key={key} href={part.address} target="_blank" rel="noreferrer noopener">
          {part.text}
        </a>
      );
  }
}
