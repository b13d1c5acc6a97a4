export function GuidesPage() {
  return <main />;
}
