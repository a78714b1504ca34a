/** Of more people than so many, two are named and the others counted. */
const MAX_NAMED = 3;

/** Who came and who went, in words: "ann, bob and 3 others joined; carl left". Empty when nobody did. */
export function presenceWords({
  joined,
  left,
}: {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}) {
  const parts: string[] = [];
  if (joined.length > 0) parts.push(`${namesOf(joined)} joined`);
  if (left.length > 0) parts.push(`${namesOf(left)} left`);
  return parts.join("; ");
}

function namesOf(people: readonly string[]): string {
  const [first, second] = people;
  if (people.length > MAX_NAMED) return `${first}, ${second} and ${people.length - 2} others`;
  const last = people.slice(-1);
  return [people.slice(0, -1).join(", "), ...last].filter((part) => part !== "").join(" and ");
}
