// Package docx writes official documents as GB/T 9704-2012 lays them out: A4, a text block of
// 156 × 225 mm with 22 lines of 28 characters, body in 仿宋 size 3 (16 pt), page numbers outside.
//
// It is OOXML of our own: what the standard asks for (odd and even page numbers, the grid of
// lines, the fonts of each level, the place of signature and date) no library writes.
package docx

import "time"

// Doc is a document in the order in which it is laid out. Empty parts take no room.
type Doc struct {
	Lang        string    // "zh-CN" (also when empty) or "en": numbering and punctuation
	Masthead    *Masthead // the red name above a 纪要
	Title       string    // its line breaks are kept
	Subtitle    string    // below the title, in brackets as given
	Recipient   string    // 主送机关, without its colon
	Body        []Block
	Attachments []string // 附件说明, names without numbers
	Signature   *Signature
	Attendance  []Attendance // 出席, 请假, 列席: after everything else, as the standard has it
	Written     time.Time    // for the file's properties; not shown
}

// Masthead is the red name of a kind of document (标志) with what stands below it, and a red line.
type Masthead struct {
	Name  string // "某某支部委员会纪要"
	Issue string // "第3期"
	Unit  string // left
	Date  string // right
}

// Block is Heading, Paragraph or Table.
type Block interface{ write(*writer) }

// Heading numbers itself: 一、 （一） 1. （1）, in English 1. 1.1 1.1.1.
type Heading struct {
	Level int // 1 to 4
	Text  string
}

// Paragraph begins two characters in. A line break in it begins another one.
type Paragraph struct {
	Lead string // set in bold before the text: who speaks, "会议强调"
	Text string
}

// Table has a title above, a head that is repeated on every page, and frames around its cells.
type Table struct {
	Title string
	Head  []string
	Rows  [][]string
	Width []int // of the columns, in proportion; equal when empty
}

// Signature is who answers for the document and the day it was made, at the right.
type Signature struct {
	Unit string
	Date time.Time // its own clock's day
}

// Attendance is one line of names: "出席", and who.
type Attendance struct {
	Label string
	Names []string
}
