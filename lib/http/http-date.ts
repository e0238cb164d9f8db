/**
 * HTTP dates as RFC 9110, section 5.6.7 wants them read: the fixed form that all send today, and the two obsolete ones that
 * a recipient must still understand.
 *
 *   Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
 *   Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
 *   Sun Nov  6 08:49:37 1994          asctime
 */
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";
const FORMS = [
  new RegExp(
    `^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d{2}) (?<month>\\w{3}) (?<year>\\d{4}) ${TIME} GMT$`,
  ),
  new RegExp(
    `^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d{2})-(?<month>\\w{3})-(?<year>\\d{2}) ${TIME} GMT$`,
  ),
  new RegExp(
    `^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>\\w{3}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`,
  ),
];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
/** A year of two digits that seems to lie further ahead than this means the century before. */
const TWO_DIGIT_YEARS_AHEAD = 50;

/** Seconds since 1970; null for a text that is no HTTP date, which a recipient treats as absent. */
export function parseHttpDate(text: string, now = new Date()): number | null {
  const parts = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return null;
  const number = (name: string) => Number(parts[name]);
  const month = MONTHS.indexOf(parts.month ?? "");
  const year = parts.year?.length === 2 ? fullYear(number("year"), now) : number("year");
  const [day, hour, minute, second] = ["day", "hour", "minute", "second"].map(number) as [
    number,
    number,
    number,
    number,
  ];
  // A second of 60 is a leap second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month) return null;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

function fullYear(twoDigits: number, now: Date): number {
  const thisYear = now.getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + TWO_DIGIT_YEARS_AHEAD ? year - 100 : year;
}
