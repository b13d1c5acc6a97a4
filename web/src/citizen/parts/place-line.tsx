import type { Place } from "../../contracts";
import { degrees } from "../location";
import { t } from "../text";

/** A place in words and numbers. A map app of the phone opens it: no map service is asked by the page. */
export function PlaceLine({ place, isOwn }: { place: Place; isOwn: boolean }) {
  const where = degrees(place);
  return (
    <>
      <p class="words">
        <strong>{isOwn ? t("placeOfYou") : t("placeOfStaff")}</strong>
        {place.label && <>: {place.label}</>}
      </p>
      <p class="quiet">
        {place.accuracy_m ? t("placeWithin", { place: where, meters: Math.round(place.accuracy_m) }) : where}
      </p>
      {!isOwn && <a href={`geo:${place.latitude},${place.longitude}`}>{t("placeOpen")}</a>}
    </>
  );
}
