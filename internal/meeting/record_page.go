package meeting

import (
	"bytes"
	"html/template"
)

// page is the record as one printable HTML file that needs nothing else.
var pageTemplate = template.Must(template.New("record").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{{.Title}}</title>
<style>
body{font:16px/1.75 "Songti SC","Noto Serif CJK SC","SimSun",serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.6rem;text-align:center;line-height:1.4}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
p{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.said{margin-left:2em}
footer{margin-top:2rem;border-top:1px solid #999;font-size:.8rem;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}}
</style></head><body>
<h1>{{.Title}}</h1>
{{range .Sections}}<section><h2>{{.Name}}</h2>
{{range .Lines}}<p>{{.}}</p>
{{end}}{{range .Parts}}<p>{{.Line}}</p>
{{if .Text.Text}}<p class="said">{{.Text.Text}}</p>
{{end}}{{end}}{{if .Text.Text}}<p>{{.Text.Text}}</p>
{{end}}</section>
{{end}}{{if .Corrections}}<section><h2>{{.CorrectionsName}}</h2>
{{range .Corrections}}<p>{{.}}</p>
{{end}}</section>
{{end}}<footer><p>{{.Fingerprint}}</p></footer>
</body></html>
`))

type pageData struct {
	Lang, Title     string
	Sections        []RecordSection
	Corrections     []string
	CorrectionsName string
	Fingerprint     string
}

// page renders a frozen record with the corrections that were added to it.
func (c composer) page(f FrozenRecord, corrections []Correction, hash string) ([]byte, error) {
	d := pageData{Lang: f.Facts.Lang, Title: f.Title, Sections: f.Sections, CorrectionsName: c.say("corrections"), Fingerprint: c.say("fingerprint", "hash", hash)}
	for _, x := range corrections {
		d.Corrections = append(d.Corrections, c.correction(x, f))
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, d)
	return b.Bytes(), err
}

func (c composer) correction(x Correction, f FrozenRecord) string {
	section := f.Title
	for _, s := range f.Sections {
		if "record."+s.Key == x.Section {
			section = s.Name
		}
		for _, p := range s.Parts {
			if p.Text.Key == x.Section {
				section = p.Line
			}
		}
	}
	return c.say("correction", "n", x.Number, "date", c.date(x.At), "time", c.clock(x.At), "by", x.By.Name, "section", section, "text", x.Text, "reason", x.Reason)
}
