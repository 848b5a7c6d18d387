package org

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"wozai/internal/profile"
)

// templateRows is how far down a template's lists of allowed values reach.
const templateRows = 5000

// Template makes the .xlsx that people fill in: a sheet for units, one for people, the profile's
// words as lists to choose from, and how to fill it in. lang says in which language.
func (s *Service) Template(lang string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // in memory
	p, zh := s.profile(), profile.Text{ZH: "zh", EN: "en"}.In(lang) == "zh"
	say := func(cn, en string) string {
		if zh {
			return cn
		}
		return en
	}
	words, help := say("可选值", "Values"), say("填写说明", "How to fill in")
	sheets := []struct {
		name, table string
		required    []string
	}{
		{say("单位", "Units"), tableUnits, []string{"code", "name", "kind"}},
		{say("人员", "People"), tablePeople, []string{"code", "name", "category"}},
	}
	lists := map[string][]string{}
	for _, k := range p.UnitKinds {
		lists["kind"] = append(lists["kind"], k.Name.In(lang))
	}
	for _, k := range p.Categories {
		lists["category"] = append(lists["category"], k.Name.In(lang))
	}
	for _, k := range p.Positions {
		lists["position"] = append(lists["position"], k.Name.In(lang))
	}
	for _, k := range p.Standings {
		lists["standing"] = append(lists["standing"], k.Name.In(lang))
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return nil, err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // text: leading zeros and long numbers stay
	if err != nil {
		return nil, err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	if err := f.SetSheetName("Sheet1", sheets[0].name); err != nil {
		return nil, err
	}
	for _, name := range []string{sheets[1].name, words, help} {
		if _, err := f.NewSheet(name); err != nil {
			return nil, err
		}
	}
	at := map[string]string{} // list → its range on the sheet of values
	i := 0
	for _, key := range []string{"kind", "category", "position", "standing"} {
		i++
		col, err := excelize.ColumnNumberToName(i)
		if err != nil {
			return nil, err
		}
		values := append([]any{title(key, zh)}, anySlice(lists[key])...)
		if err := f.SetSheetCol(words, col+"1", &values); err != nil {
			return nil, err
		}
		if err := f.SetColWidth(words, col, col, 28); err != nil {
			return nil, err
		}
		at[key] = fmt.Sprintf("'%s'!$%s$2:$%s$%d", words, col, col, len(lists[key])+1)
	}
	for _, sh := range sheets {
		for i, c := range columns[sh.table] {
			col, err := excelize.ColumnNumberToName(i + 1)
			if err != nil {
				return nil, err
			}
			head := titleOf(sh.table, c.key, zh)
			for _, r := range sh.required {
				if r == c.key {
					head += "*"
				}
			}
			if err := f.SetCellStr(sh.name, col+"1", head); err != nil {
				return nil, err
			}
			if err := f.SetColStyle(sh.name, col, text); err != nil {
				return nil, err
			}
			if err := f.SetColWidth(sh.name, col, col, 20); err != nil {
				return nil, err
			}
			if list, ok := at[c.key]; ok {
				v := excelize.NewDataValidation(true)
				v.Sqref = fmt.Sprintf("%s2:%s%d", col, col, templateRows)
				v.SetSqrefDropList(list)
				if err := f.AddDataValidation(sh.name, v); err != nil {
					return nil, err
				}
			}
		}
		last, err := excelize.ColumnNumberToName(len(columns[sh.table]))
		if err != nil {
			return nil, err
		}
		if err := f.SetCellStyle(sh.name, "A1", last+"1", bold); err != nil {
			return nil, err
		}
		if err := f.SetPanes(sh.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return nil, err
		}
	}
	lines := strings.Split(strings.TrimSpace(say(templateZH, templateEN)), "\n")
	for i, line := range lines {
		if err := f.SetCellStr(help, fmt.Sprintf("A%d", i+1), line); err != nil {
			return nil, err
		}
	}
	if err := f.SetColWidth(help, "A", "A", 100); err != nil {
		return nil, err
	}
	if err := f.SetCellStyle(help, "A1", fmt.Sprintf("A%d", len(lines)), wrap); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = f.Write(&out)
	return out.Bytes(), err
}

func anySlice(in []string) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

func title(key string, zh bool) string {
	if key == "kind" {
		return titleOf(tableUnits, key, zh)
	}
	return titleOf(tablePeople, key, zh)
}

func titleOf(table, key string, zh bool) string {
	for _, c := range columns[table] {
		if c.key == key && zh {
			return c.titles[0]
		} else if c.key == key {
			return c.titles[1]
		}
	}
	return key
}

const templateZH = `
带 * 的列必填，其他列可以空着。第一行是表头，请不要改动；从第二行开始填写。
“单位”表：每个单位一行。单位编号全系统不能重复；最上层单位的“上级单位编号”空着；上级可以是表里的单位，也可以是系统里已有的单位，先后顺序不限。
“人员”表：每人一行。人员编号（工号）不能重复；“所在单位编号”和“职务”一起填。
一人在几个单位任职的，从第二行起用同一个人员编号再写一行，只填人员编号、所在单位编号、职务和身份即可。
“身份”在开会表决的组织里必填，它决定有没有表决权；其他单位可以不填。
单位类别、人员类别、职务、身份请从下拉列表里选，全部可选值在“可选值”表。
日期写成 2020-02-14。手机号可以带空格或短横线。
先试读、后写入：上传后先逐行检查，列出每一处问题，这时什么都不会写入；全部无误后再确认写入。
编号已在系统里、内容也相同的行会自动跳过，同一份表可以放心再传；内容不同的会提示，请到对应页面修改。
也可以用 .csv 文件（UTF-8 或 GB18030），一个文件一张表，表头相同。
`

const templateEN = `
Columns marked * must be filled in, the others may stay empty. The first row is the header, please leave it as it is; begin in the second row.
Sheet "Units": one row a unit. Its number must be unique in the whole system; a unit at the top has no "Number of the unit above"; the unit above may stand in the sheet, in any order, or be in the system already.
Sheet "People": one row a person. The person's number must be unique; "Number of the unit" and "Position" go together.
Somebody who belongs to several units gets one more row for each, with the same person number, the unit's number, position and standing; the rest may stay empty.
"Standing" must be given in a tree that holds meetings, since it says who votes; elsewhere it may stay empty.
Choose kind, category, position and standing from the lists; all values stand in the sheet "Values".
Write dates as 2020-02-14. Telephone numbers may have spaces and hyphens.
Checking comes first: every row is checked and every fault listed, and nothing is written; you confirm when all is right.
Rows whose number is in the system already and that say the same are passed over, so the same file may be sent again; where they differ you are told, and change it on the page itself.
A .csv file (UTF-8 or GB18030) works too, one table a file, with the same header.
`
