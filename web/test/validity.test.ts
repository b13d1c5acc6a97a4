import { expect, it } from "vitest";
import { numberIn, validityOf } from "../src/validity";

it("an end is said when it is near, and when it is past; its last day still counts", () => {
  expect(validityOf(null, "2026-11-22")).toBe("none");
  expect(validityOf("2027-03-01", "2026-11-22")).toBe("none");
  expect(validityOf("2026-12-22", "2026-11-22")).toBe("near");
  expect(validityOf("2026-12-23", "2026-11-22")).toBe("none");
  expect(validityOf("2026-11-22", "2026-11-22")).toBe("near");
  expect(validityOf("2026-11-21", "2026-11-22")).toBe("over");
});

it("the number of an agency is found in what names it", () => {
  expect(numberIn("외교부 02-3210-0404")).toBe("02-3210-0404");
  expect(numberIn("정부민원안내콜센터 110")).toBe("110");
  expect(numberIn("1345 외국인종합안내센터")).toBe("1345");
  expect(numberIn("경찰청", "국민권익위 1588-1517")).toBe("1588-1517");
  expect(numberIn("경찰청")).toBe("");
});
