// Package tables reads whatever has rows and columns: delimited files, sheets of a
// workbook, tables of a page. What a column holds is told by its name and by its
// content, from the first rows:
//
//	rows -> delimiter -> header (among the first 50 rows) -> role of each column -> values
//
// A column whose name is known for a kind is read as that kind. A column whose name
// speaks of a kind, and whose content agrees, likewise. Any other column is searched
// cell by cell for what shows by itself what it is. What was not used is named to the
// person, with what its cells look like.
package tables
