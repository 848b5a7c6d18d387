package profile

import "strings"

// Text is a phrase in both languages.
type Text struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// In gives the phrase in the language of a tag: Chinese for "zh" and everything under it,
// English otherwise.
func (t Text) In(lang string) string {
	l := strings.ToLower(lang)
	if l == "zh" || strings.HasPrefix(l, "zh-") || strings.HasPrefix(l, "zh_") {
		return t.ZH
	}
	return t.EN
}

// Empty reports that nothing is said in either language.
func (t Text) Empty() bool { return t.ZH == "" && t.EN == "" }
