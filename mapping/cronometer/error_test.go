package cronometer_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
)

const food = "Day,Time,Food Name,Amount,Energy (kcal),Iron (mg)\n"

func TestErrors(t *testing.T) {
	long := "Day,Note\n2026-01-05,fine\n2026-01-06,\"never closed\n" + strings.Repeat("2026-01-06,x\n", 90_000)
	for _, c := range []struct{ name, file, want string }{
		{"an empty file", "", `line 1: not the header of a Cronometer export; give one of the files that Cronometer exports, with its first line and with commas between the cells`},
		{"another table", "a,b\n1,2\n", `line 1: not the header of a Cronometer export; give one of the files that Cronometer exports, with its first line and with commas between the cells`},
		{"no header", "2026-01-05,9:00 AM,Tea\n", `line 1: not the header of a Cronometer export; give one of the files that Cronometer exports, with its first line and with commas between the cells`},
		{"tabs", "Day\tFood Name\n", `line 1: not the header of a Cronometer export; give one of the files that Cronometer exports, with its first line and with commas between the cells`},
		{"names in small letters", "day,food name\n", `line 1: not the header of a Cronometer export; give one of the files that Cronometer exports, with its first line and with commas between the cells`},
		{"a header with an open quotation mark", "\"Day,Note\n", `line 1: not the header of a Cronometer export; give one of the files that Cronometer exports, with its first line and with commas between the cells`},
		{"the export of one food", "Food ID,Food Name,Comments,Amount\n", `line 1, column "Day": the column is missing from this servings file; export the file again from Cronometer`},
		{"measurements without values", "Day,Metric,Unit\n", `line 1, column "Amount": the column is missing from this biometrics file; export the file again from Cronometer`},
		{"a summary without dates", "Energy (kcal),Completed\n", `line 1, column "Date": the column is missing from this dailysummary file; export the file again from Cronometer`},
		{"targets without units", "Nutrient,Min\n", `line 1, column "Unit": the column is missing from this targets file; export the file again from Cronometer`},
		{"targets without bounds", "Nutrient,Unit\n", `line 1, column "Min": neither this column nor Max is there; add one of them`},
		{"a column twice", "Day,Note,Day\n", `line 1, column "Day": the column is there twice; remove one of the two`},

		{"UTF-16", "\xff\xfeD\x00a\x00", `line 1: the file is in UTF-16; save the file as CSV in UTF-8, or export it again from Cronometer`},
		{"lines that end in carriage returns alone", "Day,Note\r2026-01-05,x\r", `line 1: carriage returns alone end the lines; save the file as CSV in UTF-8, or export it again from Cronometer`},
		{"Latin 1 in the header", "Day,Food Name,Folate (\xb5g)\n", `line 1: the text is not in UTF-8; save the file as CSV in UTF-8, or export it again from Cronometer`},
		{"Latin 1 in a row", "Day,Note\n2026-01-05,x\n2026-01-05,caf\xe9\n", `line 3: the text is not in UTF-8; save the file as CSV in UTF-8, or export it again from Cronometer`},
		{"too few cells", food + "2026-01-05,,Tea,,1.00,1.00\n2026-01-05,,Tea\n", `line 3: the header has 6 cells and this row 3; export the file again from Cronometer`},
		{"too many cells", food + "2026-01-05,,Tea, black,,1.00,1.00\n", `line 2: the header has 6 cells and this row 7; export the file again from Cronometer`},
		{"a row that ends before its day", "Note,Group,Day\n2026-01-05\n", `line 2: the row ends before its date; export the file again from Cronometer`},
		{"a quotation mark within a cell", "Day,Note\n2026-01-05,say \"x\" again\n", `line 2, column "Note": a quotation mark is missing, or stands where none may be; export the file again from Cronometer`},
		{"a quotation mark that is not closed", "Day,Note\n2026-01-05,x\n2026-01-05,\"x\n\n", `line 3, column "Note": a quotation mark is missing, or stands where none may be; export the file again from Cronometer`},
		{"a quotation mark that the next row closes", "Day,Note,Time\n2026-01-05,\"x,\n2026-01-05,\"x\",\n", `line 2, column "Note": a quotation mark is missing, or stands where none may be; export the file again from Cronometer`},
		{"a quotation mark too many behind the last cell", "Day,Note\n2026-01-05,x,\"y\"z\n", `line 2: a quotation mark is missing, or stands where none may be; export the file again from Cronometer`},
		{"a long rest behind an open quotation mark", long, `line 3: a row of more than 1 MiB begins here, so a quotation mark is missing or too many; export the file again from Cronometer`},

		{"more than a day can have", "Day,Note\n" + strings.Repeat("2026-01-05,x\n", 10_000) + "2026-01-06,x\n2026-01-05,x\n", `line 10003: here one day has more than 10000 rows; export the file again from Cronometer`},
		{"no day", "Day,Note\n2026-01-05,x\n,x\n", `line 3, column "Day": the date is missing; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"no start", "Name,Start,End\nFast,,\n", `line 2, column "Start": the date is missing; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"a day in words", "Day,Note\n5 January 2026,x\n", `line 2, column "Day": not a date; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"a day of two numbers", "Day,Note\n2026-01,x\n", `line 2, column "Day": not a date; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"a year of three digits", "Day,Note\n1/2/026,x\n", `line 2, column "Day": not a date; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"a day with a time", "Day,Note\n2026-01-05 09:00,x\n", `line 2, column "Day": not a date; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"a day that there is not", "Day,Note\n2026-02-30,x\n", `line 2, column "Day": there is no such day as "2026-02-30"; correct the date, or export the file again from Cronometer`},
		{"a day above 12 in both places", "Day,Note\n13/27/2026,x\n", `line 2, column "Day": there is no such day as "13/27/2026"; correct the date, or export the file again from Cronometer`},
		{"two orders of day and month", "Day,Note\n1/2/2026,x\n27/1/2026,x\n1/3/2026,x\n1/27/2026,x\n", `line 5, column "Day": "1/27/2026" has not the order of day and month that "27/1/2026" in line 3 has; export the file again from Cronometer, or save it with dates written YYYY-MM-DD`},
		{"an order that nothing settles", "Day,Note\n1/2/2026,x\n5/5/2026,x\n6/7/2026,x\n", `line 2, column "Day": "1/2/2026" can have the day or the month first, and so can every date down to "6/7/2026" in line 4; export the file again from Cronometer, or save it with dates written YYYY-MM-DD`},
		{"one date that nothing settles", "Day,Note\n1/2/2026,x\n", `line 2, column "Day": "1/2/2026" can have the day or the month first; export the file again from Cronometer, or save it with dates written YYYY-MM-DD`},
		{"an order that rows sorted newest first would have too", "Day,Note\n1/2/2026,x\n2/1/2026,x\n", `line 2, column "Day": "1/2/2026" can have the day or the month first, and so can every date down to "2/1/2026" in line 3; export the file again from Cronometer, or save it with dates written YYYY-MM-DD`},
		{"an order in which the rows never ascend", "Day,Note\n2/1/2026,x\n1/2/2026,x\n2/1/2026,x\n", `line 2, column "Day": "2/1/2026" can have the day or the month first, and so can every date down to "1/2/2026" in line 3; export the file again from Cronometer, or save it with dates written YYYY-MM-DD`},

		{"a word for an amount", food + "2026-01-05,,Tea,,much,1.00\n", `line 2, column "Energy (kcal)": not a number; write a plain number such as 12.50 or leave the cell empty`},
		{"an infinite amount", food + "2026-01-05,,Tea,,Infinity,1.00\n", `line 2, column "Energy (kcal)": not a number; write a plain number such as 12.50 or leave the cell empty`},
		{"a comma between thousands", food + "2026-01-05,,Tea,,\"1,234.00\",1.00\n", `line 2, column "Energy (kcal)": a comma in a number; save the file with decimal points and without thousands separators, or export it again from Cronometer`},
		{"a decimal comma", food + "2026-01-05,,Tea,,1.00,\"1,5\"\n", `line 2, column "Iron (mg)": a comma in a number; save the file with decimal points and without thousands separators, or export it again from Cronometer`},
		{"a point among decimal commas", "Day;Food Name;Iron (mg)\n2026-01-05;Tea;1.234\n", `line 2, column "Iron (mg)": a point in a number of a file whose numbers have a decimal comma; save the file with decimal points and without thousands separators, or export it again from Cronometer`},
		{"two decimal commas", "Day;Food Name;Iron (mg)\n2026-01-05;Tea;1,2,3\n", `line 2, column "Iron (mg)": a comma in a number; save the file with decimal points and without thousands separators, or export it again from Cronometer`},
		{"an amount below zero", food + "2026-01-05,,Tea,,1.00,-1.00\n", `line 2, column "Iron (mg)": a number below zero; export the file again from Cronometer`},
		{"a total below zero", "Date,Iron (mg),Completed\n2026-01-05,-1.00,true\n", `line 2, column "Iron (mg)": a number below zero; export the file again from Cronometer`},
		{"a food without a name", food + "2026-01-05,,,,1.00,1.00\n", `line 2, column "Food Name": the food has no name; give it one, or export the file again from Cronometer`},
		{"a mark that is none", "Date,Completed\n2026-01-05,yes\n", `line 2, column "Completed": neither true nor false; write true or false`},
		{"an exercise without a name", "Day,Exercise,Minutes\n2026-01-05,,1.0\n", `line 2, column "Exercise": the exercise has no name; give it one, or export the file again from Cronometer`},
		{"minutes below zero", "Day,Exercise,Minutes\n2026-01-05,Run,-1.0\n", `line 2, column "Minutes": a number below zero; export the file again from Cronometer`},
		{"minutes in words", "Day,Exercise,Minutes\n2026-01-05,Run,ten\n", `line 2, column "Minutes": not a number; write a plain number such as 12.50 or leave the cell empty`},
		{"energy in words", "Day,Exercise,Calories Burned\n2026-01-05,Run,some\n", `line 2, column "Calories Burned": not a number; write a plain number such as 12.50 or leave the cell empty`},
		{"an exercise at no time", "Day,Time,Exercise\n2026-01-05,later,Run\n", `line 2, column "Time": not a time of day; write it as 15:04 or 3:04 PM`},
		{"a measurement without a name", "Day,Metric,Amount\n2026-01-05,,1.0\n", `line 2, column "Metric": the measurement has no name; give it one, or export the file again from Cronometer`},
		{"a measurement below zero", "Day,Metric,Unit,Amount\n2026-01-05,Weight,kg,-1.0\n", `line 2, column "Amount": a number below zero; export the file again from Cronometer`},
		{"a measurement at no time", "Day,Time,Metric,Amount\n2026-01-05,later,Weight,1.0\n", `line 2, column "Time": not a time of day; write it as 15:04 or 3:04 PM`},
		{"a fast that ends before it begins", "Name,Start,End\nFast,2026-01-05 20:00,2026-01-05 19:59\n", `line 2, column "End": the fast ends before it begins; correct one of the two, or export the file again from Cronometer`},
		{"a fast that ends on no day", "Name,Start,End\nFast,2026-01-05 20:00,2026-02-30 19:59\n", `line 2, column "End": there is no such day as "2026-02-30"; correct the date, or export the file again from Cronometer`},
		{"a fast that ends some time", "Name,Start,End\nFast,2026-01-05 20:00,some time\n", `line 2, column "End": not a date; write it as YYYY-MM-DD, or export the file again from Cronometer`},
		{"a fast that begins at no time", "Name,Start,End\nFast,2026-01-05 soon,\n", `line 2, column "Start": not a time of day; write it as 15:04 or 3:04 PM`},

		{"a target of nothing", "Nutrient,Min,Max,Unit\n,1,,mg\n", `line 2, column "Nutrient": the nutrient is missing; name it as Cronometer does, such as Sodium`},
		{"a target without a unit", "Nutrient,Min,Max,Unit\nIron,1,,\n", `line 2, column "Unit": the unit is missing; write one such as kcal, g, mg, µg or IU`},
		{"a target in two units", "Nutrient,Min,Max,Unit\nIron (mg),1,,g\n", `line 2, column "Unit": another unit than the one behind the nutrient's name; keep one of the two`},
		{"a target in a unit of something else", "Nutrient,Min,Max,Unit\nIron,1,,kcal\n", `line 2, column "Unit": not a unit of this nutrient; give the target in mg`},
		{"a target in a unit that is none", "Nutrient,Min,Max,Unit\nFolate,1,,drops\n", `line 2, column "Unit": not a unit of this nutrient; give the target in µg`},
		{"a target of vitamin D in micrograms", "Nutrient,Min,Max,Unit\nVitamin D,1,,µg\n", `line 2, column "Unit": not a unit of this nutrient; give the target in IU`},
		{"a target without bounds", "Nutrient,Min,Max,Unit\nIron,,,mg\n", `line 2, column "Max": neither a minimum nor a maximum; give one of them or remove the row`},
		{"a target with its bounds exchanged", "Nutrient,Min,Max,Unit\nIron,10,9.99,mg\n", `line 2, column "Max": the maximum is below the minimum; correct one of the two`},
		{"a target below zero", "Nutrient,Min,Max,Unit\nIron,-1,,mg\n", `line 2, column "Min": a number below zero; export the file again from Cronometer`},
		{"a second target of one nutrient", "Nutrient,Min,Max,Unit\nIron,1,,mg\nIron,2,,mg\n", `line 3, column "Nutrient": the nutrient has a target already; keep one row for each nutrient`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := readAll("export.csv", c.file, mapping.Reading{})
			if _, ok := errors.AsType[*mapping.ReadError](err); !ok {
				t.Fatalf("got %v, want an error of the document", err)
			}
			if want := "export.csv " + c.want; err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
		})
	}
}

// broken fails after its text was read once.
type broken struct{ io.ReadSeeker }

func (b broken) Seek(offset int64, whence int) (int64, error) {
	if offset > 0 {
		return 0, io.ErrClosedPipe
	}
	return b.ReadSeeker.Seek(offset, whence)
}

func TestErrorsOfTheReader(t *testing.T) {
	const file = "Day,Note\n2026-01-05,x\n"
	t.Run("are no faults of the document", func(t *testing.T) {
		r := struct {
			io.Reader
			io.Seeker
		}{iotest.ErrReader(io.ErrClosedPipe), strings.NewReader(file)}
		if _, err := cronometer.Open("notes.csv", r, mapping.Reading{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("come from the second reading too", func(t *testing.T) {
		e, err := cronometer.Open("notes.csv", broken{strings.NewReader(file)}, mapping.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Next(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
}
