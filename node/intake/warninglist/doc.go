// Package warninglist names the values on which no alert is worth anything:
// numbers that no subscriber has, hashes of empty files, hosts that stand in a
// million profiles, and whatever an agency adds (hotlines, shelters, hotel
// chains, exchange wallets).
//
// It reads the JSON of the MISP project's warning lists unchanged, with their
// five types: string, substring, hostname, cidr and regex. A regular expression
// runs on RE2, in time linear in the value, so that a list cannot stall intake;
// one that RE2 does not know is refused when the list is read, not when it is
// used. A list can only keep values out of matching, never let one in: the worst
// that a forged list does is silence, which is why lists are named in the report.
package warninglist
