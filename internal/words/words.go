// Package words gives people's words in their language, from the catalogue that the browser
// uses too. What is stored is a key and parameters, never a sentence.
package words

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"wozai/locales"
)

// The languages there are; the first is meant when nothing is known.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Languages in the order in which they are offered.
var Languages = []string{Chinese, English}

// faultNS is where all codes of faults meet: a namespace may keep those of its slice under
// "fault", and they are read as fault.<code> like the general ones.
const faultNS = "fault"

// T words a key ("meeting.create.title") in a language, filling {{name}} from params. With
// params["count"] it takes the plural: key_one or key_other, else key. A key that is nowhere
// comes back as it is, so that a slip is seen; a language that is not known is Chinese.
func T(lang, key string, params map[string]any) string {
	text, ok := find(lang, key, params)
	if !ok {
		return key
	}
	return fill(text, params)
}

// Has says whether a key is worded.
func Has(key string) bool {
	_, ok := find(Chinese, key, map[string]any{"count": 2})
	return ok
}

// Fault words a code as the page would; a code without words of its own is an internal error.
func Fault(lang, code string, params map[string]any) string {
	if !Has(faultNS + "." + code) {
		code = "internal"
	}
	return T(lang, faultNS+"."+code, params)
}

// Pick takes the first of the wishes that there is ("en-GB" finds "en"), for a value of
// Accept-Language, a cookie or a stored preference; Chinese if none is.
func Pick(wishes ...string) string {
	for _, w := range wishes {
		tags, _, err := language.ParseAcceptLanguage(w)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, sure := matcher.Match(tags...); sure > language.No {
			return Languages[i]
		}
	}
	return Chinese
}

var matcher = language.NewMatcher([]language.Tag{language.MustParse(Chinese), language.MustParse(English)})

func find(lang, key string, params map[string]any) (string, bool) {
	c := catalogue()[lang]
	if c == nil {
		c = catalogue()[Chinese]
	}
	if n, counted := params["count"]; counted {
		if lang == English && fmt.Sprint(n) == "1" {
			if text, ok := c[key+"_one"]; ok {
				return text, true
			}
		}
		if text, ok := c[key+"_other"]; ok {
			return text, true
		}
	}
	text, ok := c[key]
	return text, ok
}

func fill(text string, params map[string]any) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}}")
		if v, given := params[strings.TrimSpace(name)]; given {
			fmt.Fprint(&b, v)
		}
		text = after
	}
}

// catalogue is language → key → text, read once.
var catalogue = sync.OnceValue(func() map[string]map[string]string {
	all, err := read(locales.Files)
	if err != nil {
		panic(err) // the files are part of the program
	}
	return all
})

// read flattens the files; the same key twice is an error.
func read(files fs.FS) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	names, err := fs.Glob(files, "*/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		lang, ns := path.Dir(name), strings.TrimSuffix(path.Base(name), ".json")
		if all[lang] == nil {
			all[lang] = map[string]string{}
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var tree map[string]any
		if err := json.Unmarshal(b, &tree); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := flatten(all[lang], ns, tree); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

func flatten(into map[string]string, prefix string, tree map[string]any) error {
	for _, k := range slices.Sorted(maps.Keys(tree)) {
		key := prefix + "." + k
		if _, rest, ok := strings.Cut(key, "."+faultNS+"."); ok && strings.Count(prefix, ".") == 1 {
			key = faultNS + "." + rest
		}
		switch v := tree[k].(type) {
		case string:
			if _, twice := into[key]; twice {
				return fmt.Errorf("%s is worded twice", key)
			}
			into[key] = v
		case map[string]any:
			if err := flatten(into, key, v); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s is neither text nor an object", key)
		}
	}
	return nil
}

// Under gives all words of a language below a prefix, by the rest of their keys; for pages whose
// script words something itself.
func Under(lang, prefix string) map[string]string {
	c := catalogue()[lang]
	if c == nil {
		c = catalogue()[Chinese]
	}
	out := map[string]string{}
	for key, text := range c {
		if rest, ok := strings.CutPrefix(key, prefix+"."); ok {
			out[rest] = text
		}
	}
	return out
}
