package docx

import (
	"fmt"
	"strings"
)

// textWidth is 156 mm in twentieths of a point.
const textWidth = 8844

func (t Table) write(x *writer) {
	n := len(t.Head)
	for _, row := range t.Rows {
		n = max(n, len(row))
	}
	if n == 0 {
		return
	}
	if t.Title != "" {
		x.para("TableTitle", keep, run{text: t.Title})
	}
	widths := t.widths(n)
	x.b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="` + fmt.Sprint(textWidth) + `" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&x.b, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	x.b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(&x.b, `<w:gridCol w:w="%d"/>`, w)
	}
	x.b.WriteString(`</w:tblGrid>`)
	if len(t.Head) > 0 {
		x.row(t.Head, widths, "TableHead", `<w:tblHeader/>`)
	}
	for _, row := range t.Rows {
		x.row(row, widths, "TableCell", "")
	}
	x.b.WriteString(`</w:tbl>`)
	x.blank(1) // so that two tables stay two
}

func (x *writer) row(cells []string, widths []int, style, props string) {
	x.b.WriteString(`<w:tr><w:trPr><w:cantSplit/>` + props + `</w:trPr>`)
	for i, w := range widths {
		text := ""
		if i < len(cells) {
			text = cells[i]
		}
		fmt.Fprintf(&x.b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>`, w)
		for line := range strings.SplitSeq(text, "\n") {
			x.para(style, "", run{text: line})
		}
		x.b.WriteString(`</w:tc>`)
	}
	x.b.WriteString(`</w:tr>`)
}

// widths shares the text's width out in proportion; what rounding leaves goes to the last.
func (t Table) widths(n int) []int {
	share := make([]int, n)
	total := 0
	for i := range share {
		share[i] = 1
		if i < len(t.Width) && t.Width[i] > 0 {
			share[i] = t.Width[i]
		}
		total += share[i]
	}
	left := textWidth
	for i := range share {
		share[i] = textWidth * share[i] / total
		left -= share[i]
	}
	share[n-1] += left
	return share
}
