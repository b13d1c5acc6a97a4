export function QualityPage() {
  return <main />;
}
