const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const complete = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const DAY_MS = 86_400_000;

export function clockTime(at: number): string {
  return clock.format(at);
}

export function completeTime(at: number): string {
  return complete.format(at);
}

export function isSameDay(a: number, b: number): boolean {
  return startOfDay(a) === startOfDay(b);
}

/** `Today`, `Yesterday`, or the date. */
export function dayName(at: number): string {
  const days = Math.round((startOfDay(at) - startOfDay(Date.now())) / DAY_MS);
  const name = days >= -1 && days <= 0 ? relative.format(days, "day") : day.format(at);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
