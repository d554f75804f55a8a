// Package casework holds the nouns of the work: agencies, officers, cases,
// identifiers, leads, requests and disclosures, with the codes that the
// instruments of police co-operation give them.
//
// It computes and decides nothing about the outside world: no file, socket or
// clock is read here. Everything that is secret by nature ([Identifier]) has no
// printed form, and everything that could be left out (handling, grading,
// category) reads, when left out, as the most restrictive value there is.
//
// Codes and clocks follow Directive (EU) 2016/680 (LED), Directive (EU)
// 2023/977, Regulation (EU) 2024/982 (Prüm II), Europol's handling codes and
// the 4x4 evaluation scheme, and FIRST's TLP 2.0.
package casework
