export { dayOf, today } from '~/shared/ui/zone'

/** Some periods back from a day: the first of the month, so many months before. */
export function monthsBefore(day: string, months: number): string {
  const [y = 0, m = 1] = day.split('-').map(Number)
  return new Date(Date.UTC(y, m - 1 - months, 1)).toISOString().slice(0, 10)
}
