package sitecheck

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// suggestFile names the page whose file has the name that a link asked for, if there is just one.
func (s *site) suggestFile(from *page, link string) string {
	if s.fileNames == nil {
		s.fileNames = map[string]string{}
		for file := range s.sources {
			addName(s.fileNames, file)
		}
	}
	file := s.fileNames[lastName(decoded(link))]
	if file == "" || s.sources[file].content != from.content {
		return ""
	}
	return didYouMean(relative(path.Dir(from.path), file))
}

// suggestRoute names the address that ends like the one that was not found, if there is just one.
func (s *site) suggestRoute(address string) string {
	if s.routeNames == nil {
		s.routeNames = map[string]string{}
		for route := range s.routes {
			addName(s.routeNames, route)
		}
	}
	route := s.routeNames[lastName(decoded(address))]
	if route == "" || route == s.base {
		return ""
	}
	return didYouMean("/" + strings.TrimPrefix(route, s.base))
}

func lastName(p string) string { return strings.ToLower(path.Base(p)) }

func addName(names map[string]string, p string) {
	name := lastName(p)
	if _, twice := names[name]; twice {
		p = ""
	}
	names[name] = p
}

// suggestAnchor names the id that differs from the one that was not found only in case, hyphens
// and the like.
func suggestAnchor(anchors map[string]bool, wanted string) string {
	plain := func(id string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(id))
	}
	var found []string
	for a := range anchors {
		if plain(a) == plain(decoded(wanted)) {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return didYouMean("#" + found[0])
}

func didYouMean(text string) string { return fmt.Sprintf("; did you mean %q?", text) }

// relative returns file as a path from a folder.
func relative(folder, file string) string {
	from, to := strings.Split(folder, "/"), strings.Split(file, "/")
	if folder == "." {
		from = nil
	}
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	up := strings.Repeat("../", len(from))
	if up == "" {
		up = "./"
	}
	return up + strings.Join(to, "/")
}
