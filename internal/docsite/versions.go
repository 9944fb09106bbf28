package docsite

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

const versionsFile = "versions.json"

// versionNames returns the released versions in the order of versions.json, newest first, and
// which of them has no version in its URLs. Where that file is missing, it is the order of the
// version numbers.
func (b *builder) versionNames(place place) (names []string, last string) {
	names = b.readVersions(place)
	found := b.folders(versionedDocs)
	if names == nil {
		for _, dir := range found {
			if name, ok := strings.CutPrefix(dir, versionPrefix); ok && isVersionName(name) {
				names = append(names, name)
			}
		}
		slices.SortStableFunc(names, func(x, y string) int { return -compareVersions(x, y) })
	}
	for _, dir := range found {
		if !slices.Contains(names, strings.TrimPrefix(dir, versionPrefix)) {
			b.skip(path.Join(versionedDocs, dir), "versions.json does not name this version")
		}
	}
	return names, lastVersion(place, names)
}

// lastVersion returns the version that has no version in its URLs, "" for the current one.
func lastVersion(place place, names []string) string {
	last, ok := place.config.docs("lastVersion")
	switch {
	case ok && last == current:
		return ""
	case ok:
		return last
	case len(names) > 0:
		return names[0]
	}
	return ""
}

func (b *builder) currentPath(place place, last string) string {
	if b.options.VersionPath != "" {
		return b.options.VersionPath
	}
	return versionPath(place, "", last)
}

// versionPath returns the path of a version below routeBasePath.
func versionPath(place place, name, last string) string {
	key, byDefault := name, name
	if name == "" {
		key, byDefault = current, "next"
	}
	if p, ok := place.config.docs("versions." + key + ".path"); ok {
		return p
	}
	if name == last {
		return ""
	}
	return byDefault
}

// placedVersion is the version that the opened folder holds.
func (b *builder) placedVersion(place place) *docsVersion {
	v := &docsVersion{name: place.version, dir: ".", below: place.below}
	v.path = versionPath(place, v.name, lastVersion(place, b.readVersions(place)))
	if b.options.VersionPath != "" {
		v.path = b.options.VersionPath
	}
	return v
}

// readVersions returns what versions.json of the site says, nil if it says nothing.
func (b *builder) readVersions(place place) []string {
	src, err := place.read(versionsFile)
	var names []string
	if src != nil {
		names, err = parseVersions(src)
	}
	if err != nil {
		b.fail(versionsFile, err)
	}
	return names
}

func parseVersions(src []byte) ([]string, *book.Error) {
	var names []string
	if err := json.Unmarshal(src, &names); err != nil {
		return nil, book.Wrap(book.Invalid, err,
			"versions.json is not a list of version names; mend it")
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == current })
	for _, n := range names {
		if !isVersionName(n) {
			return nil, book.Errorf(book.Invalid,
				"versions.json: %q is no name of a version; mend it", n)
		}
	}
	return names, nil
}

func isVersionName(n string) bool {
	return n != "" && n != "." && n != ".." && !strings.ContainsAny(n, "/\\?#")
}

// compareVersions orders version names by their numbers: 1.10 comes after 1.9.
func compareVersions(x, y string) int {
	xs, ys := strings.FieldsFunc(x, isVersionSeparator), strings.FieldsFunc(y, isVersionSeparator)
	for i := range min(len(xs), len(ys)) {
		m, errX := strconv.Atoi(xs[i])
		n, errY := strconv.Atoi(ys[i])
		c := cmp.Compare(m, n)
		if errX != nil || errY != nil {
			c = strings.Compare(xs[i], ys[i])
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(xs), len(ys))
}

func isVersionSeparator(r rune) bool { return r == '.' || r == '-' }
