package blob

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"
)

// Readable tells from the first bytes of a file whether it is a PDF or a picture that every browser
// shows, and what it is; "" for anything else.
func Readable(head []byte) string {
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n\xef\xbb\xbf"), []byte("%PDF-")): // some programs write blanks before it
		return "application/pdf"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case len(head) >= 12 && bytes.HasPrefix(head, []byte("RIFF")) && bytes.Equal(head[8:12], []byte("WEBP")):
		return "image/webp"
	}
	return ""
}

var endings = map[string][]string{
	"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}, "image/webp": {".webp"},
}

// Base is the last part of a name that came with a file, whichever system wrote it.
func Base(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// Named is Base in one line without what is not seen, ending as a readable file of this type ends: a
// name never passes a file off as something else.
func Named(name, mediaType string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case !unicode.IsGraphic(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(Base(name), "")))
	fits := endings[mediaType]
	if name == "" || len(fits) == 0 || slices.Contains(fits, strings.ToLower(path.Ext(name))) {
		return name
	}
	return name + fits[0]
}

// Safe makes a name, or a part of a path, that every file system takes, at most limit characters;
// "" when nothing is left of it.
func Safe(name string, limit int) string {
	runes := []rune(strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name), " ._"))
	if len(runes) > limit {
		runes = []rune(strings.TrimRight(string(runes[:limit]), " ._"))
	}
	return string(runes)
}
