package docx

import "fmt"

// Lengths are twentieths of a point; sizes (sz) are half points: 44 is size 2 (22 pt), 32 size 3
// (16 pt), 28 size 4 (14 pt).

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	main    = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	rel     = `xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	types   = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	word    = `application/vnd.openxmlformats-officedocument.wordprocessingml.`

	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="` + word + `document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="` + word + `styles+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="` + word + `settings+xml"/>` +
		`<Override PartName="/word/fontTable.xml" ContentType="` + word + `fontTable+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="` + word + `footer+xml"/>` +
		`<Override PartName="/word/footer2.xml" ContentType="` + word + `footer+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

	packageRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + types + `officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	documentRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + types + `styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="` + types + `settings" Target="settings.xml"/>` +
		`<Relationship Id="rId3" Type="` + types + `fontTable" Target="fontTable.xml"/>` +
		`<Relationship Id="rId4" Type="` + types + `footer" Target="footer1.xml"/>` +
		`<Relationship Id="rId5" Type="` + types + `footer" Target="footer2.xml"/></Relationships>`

	documentHead = xmlHead + `<w:document ` + main + ` ` + rel + `><w:body>`
	documentTail = `</w:body></w:document>`

	// A4; margins 37 mm above, 28 mm left, so that 156 × 225 mm remain with 26 mm right and 35 mm
	// below. A line every 28.95 pt makes 22 of them. The page number stands 7 mm below the text.
	section = `<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1247" w:gutter="0"/>` +
		`<w:cols w:space="425"/><w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>`

	settings = xmlHead + `<w:settings ` + main + `><w:zoom w:percent="100"/><w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/><w:defaultTabStop w:val="420"/>` +
		`<w:evenAndOddHeaders/><w:drawingGridVerticalSpacing w:val="579"/><w:characterSpacingControl w:val="compressPunctuation"/>` +
		`<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>` +
		`<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
		`<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>`

	// The other name is what a machine without the standard's font is likely to have.
	fontTable = xmlHead + `<w:fonts ` + main + `>` +
		`<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/><w:charset w:val="86"/><w:family w:val="modern"/><w:pitch w:val="fixed"/></w:font>` +
		`<w:font w:name="楷体_GB2312"><w:altName w:val="楷体"/><w:charset w:val="86"/><w:family w:val="modern"/><w:pitch w:val="fixed"/></w:font>` +
		`<w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/><w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>` +
		`<w:font w:name="黑体"><w:altName w:val="SimHei"/><w:charset w:val="86"/><w:family w:val="modern"/><w:pitch w:val="fixed"/></w:font>` +
		`<w:font w:name="宋体"><w:altName w:val="SimSun"/><w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>` +
		`<w:font w:name="Times New Roman"><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>`
)

// styles of every part; paragraphs name one and add only what is theirs alone.
var styles = xmlHead + `<w:styles ` + main + `><w:docDefaults><w:rPrDefault><w:rPr>` + fonts("仿宋_GB2312") +
	`<w:spacing w:val="-5"/><w:kern w:val="0"/><w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>` +
	`<w:pPrDefault><w:pPr><w:widowControl w:val="0"/><w:spacing w:before="0" w:after="0" w:line="579" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr></w:pPrDefault></w:docDefaults>` +
	`<w:style w:type="paragraph" w:default="1" w:styleId="Flush"><w:name w:val="Normal"/><w:qFormat/></w:style>` +
	style("Body", "Body Text", firstLine, "") +
	style("Title", "Title", `<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="640" w:lineRule="exact"/><w:jc w:val="center"/>`, fonts("方正小标宋简体")+`<w:spacing w:val="0"/><w:sz w:val="44"/><w:szCs w:val="44"/>`) +
	style("Subtitle", "Subtitle", `<w:jc w:val="center"/>`, fonts("楷体_GB2312")) +
	style("Masthead", "Masthead", `<w:spacing w:before="1984" w:after="400" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>`, fonts("方正小标宋简体")+`<w:color w:val="FF0000"/><w:spacing w:val="0"/><w:sz w:val="72"/><w:szCs w:val="72"/>`) +
	style("Centred", "Centred", `<w:jc w:val="center"/>`, "") +
	style("Heading1", "heading 1", `<w:keepNext/>`+firstLine+`<w:outlineLvl w:val="0"/>`, fonts("黑体")) +
	style("Heading2", "heading 2", `<w:keepNext/>`+firstLine+`<w:outlineLvl w:val="1"/>`, fonts("楷体_GB2312")) +
	style("Heading3", "heading 3", `<w:keepNext/>`+firstLine+`<w:outlineLvl w:val="2"/>`, "") +
	style("Heading4", "heading 4", `<w:keepNext/>`+firstLine+`<w:outlineLvl w:val="3"/>`, "") +
	style("TableTitle", "Table Title", `<w:jc w:val="center"/>`, fonts("黑体")) +
	style("TableHead", "Table Head", tableLines+`<w:jc w:val="center"/>`, fonts("黑体")+`<w:spacing w:val="0"/><w:sz w:val="24"/><w:szCs w:val="24"/>`) +
	style("TableCell", "Table Cell", tableLines+`<w:jc w:val="left"/>`, `<w:spacing w:val="0"/><w:sz w:val="24"/><w:szCs w:val="24"/>`) +
	style("PageNumber", "Page Number", `<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="360" w:lineRule="exact"/>`, `<w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/><w:spacing w:val="0"/><w:sz w:val="28"/><w:szCs w:val="28"/>`) +
	`</w:styles>`

const (
	firstLine  = `<w:ind w:firstLineChars="200" w:firstLine="630"/>`
	tableLines = `<w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40" w:line="320" w:lineRule="exact"/>`
)

func style(id, name, para, chars string) string {
	return fmt.Sprintf(`<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Flush"/><w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>`, id, name, para, chars)
}

// footer is the page number between two dashes, one character (14 pt) from the outer edge.
func footer(side string) string {
	return xmlHead + `<w:ftr ` + main + ` ` + rel + `><w:p><w:pPr><w:pStyle w:val="PageNumber"/><w:ind w:` + side + `="280"/><w:jc w:val="` + side + `"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		`<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
}
