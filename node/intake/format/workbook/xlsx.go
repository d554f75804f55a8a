// Package workbook reads spreadsheets by sheet and column: workbooks of Excel since 2007
// (ECMA-376, by excelize) and OpenDocument spreadsheets (OASIS ODF 1.3). A hidden sheet is
// read and named. Nothing is written to disk, formulas are not computed, nothing that a
// workbook refers to is fetched.
package workbook

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/node/intake/tables"
)

// XLSX is the entry of the list of formats for Excel's workbooks.
var XLSX = reading.Format{
	Name:       "xlsx",
	Title:      "Excel workbooks (XLSX), by sheet and column",
	Source:     "ECMA-376",
	MediaTypes: []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroEnabled.12"},
	Binary:     true,
	Tell: func(h *reading.Head) (string, bool) {
		return "is a package of Office with sheets", markup.OfficeKind(h) == "xl/"
	},
	Read: readXLSX,
}

// maxWorkbook bounds what a workbook unpacks to, since all of it is held in memory.
const maxWorkbook = 512 << 20

// maxSheets is how many sheets are read.
const maxSheets = 1000

var (
	errWorkbook = errors.New("a damaged workbook")
	errTooBig   = errors.New("a workbook that unpacks to more than 512 MB; save its sheets as CSV")
)

func readXLSX(in *reading.Input, out *reading.Sink) (err error) {
	r, size, err := in.Random()
	if err != nil {
		return err
	}
	if size > maxWorkbook/4 {
		return errTooBig
	}
	defer func() {
		if recover() != nil { // excelize trusts the parts of a workbook to fit together
			err = errWorkbook
		}
	}()
	limit := min(maxWorkbook, 64<<20+in.Limits.Ratio*size)
	f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{RawCellValue: true, UnzipSizeLimit: limit, UnzipXMLSizeLimit: limit})
	if err != nil {
		return errWorkbook
	}
	defer f.Close()
	for i, name := range f.GetSheetList() {
		if i == maxSheets {
			return out.Note("a workbook of more than 1000 sheets: the others were not read")
		}
		visible, err := f.GetSheetVisible(name)
		if err != nil {
			visible = false
		}
		open := func() (rowSource, error) {
			rows, err := f.Rows(name)
			if err != nil {
				return nil, errWorkbook
			}
			return &excelRows{rows}, nil
		}
		if err := sheet(in, out, i+1, name, visible, open); err != nil {
			return err
		}
	}
	return nil
}

// A rowSource returns the rows of a sheet, and io.EOF behind the last.
type rowSource interface {
	Next() ([]string, error)
	Close() error
}

type excelRows struct{ rows *excelize.Rows }

func (r *excelRows) Next() ([]string, error) {
	if !r.rows.Next() {
		if r.rows.Error() != nil {
			return nil, errWorkbook
		}
		return nil, io.EOF
	}
	fields, err := r.rows.Columns()
	if err != nil {
		return nil, errWorkbook
	}
	return fields, nil
}

func (r *excelRows) Close() error { return r.rows.Close() }

// sampleRows is how many rows a sheet is judged by.
const sampleRows = 200

// sheet reads one sheet: once for what its columns are, then row by row.
func sheet(in *reading.Input, out *reading.Sink, n int, name string, visible bool, open func() (rowSource, error)) error {
	sample, err := head(open)
	if err != nil {
		return out.Refused(fmt.Sprintf("sheet %d", n), err)
	}
	hidden := ""
	if !visible {
		hidden = ", hidden"
	}
	if len(sample) == 0 {
		return out.Note(fmt.Sprintf("sheet %d (%s%s): nothing in it", n, reading.Printable(name), hidden))
	}
	t := tables.Judge(sample, in.Columns)
	t.SerialDates = true
	if err := t.Note(out, fmt.Sprintf("sheet %d (%s%s): ", n, reading.Printable(name), hidden)); err != nil {
		return err
	}
	rows, err := open()
	if err != nil {
		return out.Refused(fmt.Sprintf("sheet %d", n), err)
	}
	defer rows.Close()
	filled := 0
	for line := 1; ; line++ {
		fields, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return out.Refused(fmt.Sprintf("sheet %d, from row %d on", n, line), err)
		}
		if empty(fields) {
			continue
		}
		filled++
		if err := t.Take(out, filled, tables.Row{Record: fmt.Sprintf("sheet %d row %d", n, line), Fields: fields}); err != nil {
			return err
		}
	}
}

// head returns the first rows of a sheet that hold something.
func head(open func() (rowSource, error)) (sample [][]string, err error) {
	rows, err := open()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for len(sample) < sampleRows {
		fields, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if !empty(fields) {
			sample = append(sample, fields)
		}
	}
	return sample, nil
}

func empty(fields []string) bool {
	for _, f := range fields {
		if f != "" {
			return false
		}
	}
	return true
}
