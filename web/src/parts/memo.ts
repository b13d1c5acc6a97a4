import { type ComponentChild, Component } from "preact";

/** Renders again only when a prop is another value: a long conversation changes at its end alone. */
export function memo<P extends object>(render: (props: P) => ComponentChild) {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const keys = Object.keys(next) as (keyof P)[];
      return keys.some((key) => next[key] !== this.props[key]);
    }

    override render(): ComponentChild {
      return render(this.props as P);
    }
  };
}
