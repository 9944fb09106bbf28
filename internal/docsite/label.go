package docsite

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/book"
)

// labelKey names a top-level folder of a version's docs in one locale.
type labelKey struct{ locale, folder string }

// label returns the label of the top-level folder that source lies in, "" if there is none: what
// _category_.json or .yml says (translated, where the site has a translation), else the sidebar
// label or title of the folder's own page, as in Docusaurus' sidebars.
func (b *builder) label(s *docusaurusSite, v *docsVersion, locale, source string) string {
	folder, _, inFolder := strings.Cut(source, "/")
	if !inFolder {
		return ""
	}
	key := labelKey{locale, folder}
	label, known := v.labels[key]
	if !known {
		label = b.categoryLabel(s, v, locale, folder)
		if label == "" {
			label = b.indexLabel(v, locale, folder)
		}
		if v.labels == nil {
			v.labels = make(map[labelKey]string)
		}
		v.labels[key] = label
	}
	return label
}

// categoryLabel returns what the category file of a folder says.
func (b *builder) categoryLabel(s *docusaurusSite, v *docsVersion, locale, folder string) string {
	docs := s.docs
	if s.whole {
		docs = v.dir
	}
	for _, ext := range []string{".json", ".yml", ".yaml"} {
		name := path.Join(docs, folder, "_category_"+ext)
		src, err := s.read(name)
		if src == nil && err == nil {
			continue
		}
		var category map[string]any
		if err == nil {
			category, err = parseCategory(name, src)
		}
		if err != nil {
			b.fail(name, err)
			return ""
		}
		h := head{matter: category}
		label := oneLine(h.str("label"))
		id := label
		if key := h.str("key"); key != "" {
			id = key
		}
		if t := b.translatedLabel(s, v, locale, id); t != "" {
			return t
		}
		return label
	}
	return ""
}

func parseCategory(name string, src []byte) (map[string]any, *book.Error) {
	var category map[string]any
	err := json.Unmarshal(src, &category)
	if err != nil {
		category = nil
		err = yaml.Unmarshal(src, &category)
	}
	if err != nil {
		return nil, book.Wrap(book.Invalid, err,
			"%s is neither JSON nor YAML with a label; mend it", name)
	}
	return category, nil
}

// translatedLabel looks a category up among the translations of the sidebars.
func (b *builder) translatedLabel(s *docusaurusSite, v *docsVersion, locale, id string) string {
	if id == "" || !slices.Contains(s.translations, locale) {
		return ""
	}
	name := path.Join(i18nDir, locale, i18nDocs, v.i18nName()+".json")
	src, err := s.read(name)
	if src == nil && err == nil {
		return ""
	}
	var messages map[string]struct {
		Message string `json:"message"`
	}
	if err == nil && json.Unmarshal(src, &messages) != nil {
		err = book.Errorf(book.Invalid, "%s is not a JSON file of translations; mend it", name)
	}
	if err != nil {
		b.fail(name, err)
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		if strings.HasPrefix(key, "sidebar.") && strings.HasSuffix(key, ".category."+id) {
			return oneLine(messages[key].Message)
		}
	}
	return ""
}

// indexLabel returns how the page that stands for a folder is called.
func (b *builder) indexLabel(v *docsVersion, locale, folder string) string {
	source, ok := v.folderIndex(folder)
	if !ok {
		return ""
	}
	h, err := b.readHead(v.file(locale, source))
	if err != nil {
		return "" // reported when the page itself is read
	}
	if label := oneLine(h.str("sidebar_label")); label != "" {
		return label
	}
	return h.title(source)
}

// folderIndex returns the source of the page that stands for a top-level folder.
func (v *docsVersion) folderIndex(folder string) (source string, ok bool) {
	if v.indexes == nil {
		v.indexes = make(map[string]string)
		for _, source := range v.sources {
			inDocs := path.Join(v.below, source)
			dir := path.Dir(inDocs)
			if _, taken := v.indexes[dir]; !taken && isFolderIndex(inDocs) {
				v.indexes[dir] = source
			}
		}
	}
	source, ok = v.indexes[folder]
	return source, ok
}
