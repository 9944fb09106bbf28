package app

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
)

// operation is one of the OpenAPI document.
type operation struct {
	method, path string
	parameters   []parameter
	body, kind   string // an example, and its type; empty for none
	wrong        []string
}

type parameter struct{ in, name string }

// operations are all that the document lists, with bodies made of secrets.
func (w *secretWorld) operations() []operation {
	w.t.Helper()
	w.document = w.json(http.MethodGet, "/openapi.json", "", "")
	var all []operation
	for path, item := range w.document["paths"].(map[string]any) {
		for method, what := range item.(map[string]any) {
			spec := what.(map[string]any)
			op := operation{method: strings.ToUpper(method), path: path}
			parameters, _ := spec["parameters"].([]any)
			for _, p := range parameters {
				p := p.(map[string]any)
				op.parameters = append(op.parameters, parameter{p["in"].(string), p["name"].(string)})
			}
			if body, ok := spec["requestBody"].(map[string]any); ok {
				for kind, media := range body["content"].(map[string]any) {
					op.describe(w, kind, media.(map[string]any)["schema"].(map[string]any))
				}
			}
			all = append(all, op)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].path+all[i].method < all[j].path+all[j].method })
	if len(all) < 40 {
		w.t.Fatalf("only %d operations were found", len(all))
	}
	return all
}

// describe makes the bodies of an operation: the right one, and wrong ones with the same secrets.
func (o *operation) describe(w *secretWorld, kind string, schema map[string]any) {
	o.kind = kind
	value := w.example("", schema)
	if kind == "application/x-www-form-urlencoded" {
		form := url.Values{}
		for name, v := range value.(map[string]any) {
			form.Set(name, fmt.Sprint(v))
		}
		o.body = form.Encode()
		o.wrong = []string{o.body + "&" + o.body, "%" + o.body}
		return
	}
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	o.body = text(value)
	o.wrong = []string{o.body[:len(o.body)-1], o.body[1:], text(o.body), text([]any{value})}
	fields, _ := value.(map[string]any)
	for name, v := range fields {
		for _, wrong := range []any{
			map[string]any{"a name": v}, []any{v}, 1, nil, strings.Repeat(fmt.Sprint(v)+" ", 4000),
		} {
			changed := map[string]any{"unknown": w.mark("value")}
			maps.Copy(changed, fields)
			o.wrong = append(o.wrong, text(changed))
			delete(changed, "unknown")
			changed[name] = wrong
			o.wrong = append(o.wrong, text(changed))
		}
	}
}

// example makes a value that a schema takes, of secrets as far as it takes texts.
func (w *secretWorld) example(name string, schema map[string]any) any {
	if ref, ok := schema["$ref"].(string); ok {
		named := ref[strings.LastIndex(ref, "/")+1:]
		schema = w.document["components"].(map[string]any)["schemas"].(map[string]any)[named].(map[string]any)
	}
	if list, ok := schema["enum"].([]any); ok {
		return list[0]
	}
	if one, ok := schema["oneOf"].([]any); ok {
		return w.example(name, one[0].(map[string]any))
	}
	kind := fmt.Sprint(schema["type"])
	switch {
	case strings.Contains(kind, "object"):
		fields := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for n, p := range properties {
			if n != "$schema" && !slices.Contains(w.leaveOut, n) {
				fields[n] = w.example(n, p.(map[string]any))
			}
		}
		if len(properties) == 0 {
			fields["a name"] = w.mark("value")
		}
		return fields
	case strings.Contains(kind, "array"):
		return []any{w.example(name, schema["items"].(map[string]any))}
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return 1
	case strings.Contains(kind, "boolean"):
		return false
	case schema["format"] == "date-time":
		return "2030-01-01T00:00:00Z"
	}
	return w.text(name)
}

// call is one request.
type call struct {
	method, path, query string
	header              map[string]string
	body                string
}

// calls are requests for an operation: as they should be and in every way wrong, by all kinds of callers.
func (w *secretWorld) calls(o operation, thorough bool) []call {
	path, query, header := o.path, url.Values{}, map[string]string{}
	for _, p := range o.parameters {
		switch p.in {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.name+"}", url.PathEscape(w.text(p.name)))
		case "header":
			header[p.name] = w.mark("header")
		default:
			query.Set(p.name, w.text(p.name))
		}
	}
	var all []call
	add := func(path, query, bearer, kind, body string) {
		c := call{o.method, path, query, map[string]string{"Content-Type": kind}, body}
		for name, value := range header {
			c.header[name] = value + fmt.Sprint(w.sent)
		}
		if bearer != "" {
			c.header["Authorization"] = "Bearer " + bearer
		}
		w.sent++
		all = append(all, c)
	}
	add(path, "", w.secrets["admin's key"], o.kind, o.body)
	if !thorough {
		return all
	}
	add(path, query.Encode(), w.secrets["admin's key"], o.kind, o.body)
	add(path, w.mark("query")+"="+w.mark("value"), w.secrets["access token"], o.kind, o.body)
	add(path, "", "", o.kind, o.body)
	add(path, "", w.mark("bearer"), o.kind, o.body)
	add(path, "", w.secrets["admin's key"], w.mark("type")+"/x", o.body)
	if !strings.HasPrefix(path, "/api/documents") { // where it would be a doc_id, which is no secret
		add(path+"/"+w.mark("path"), "", w.secrets["admin's key"], o.kind, o.body)
		add(strings.ReplaceAll(o.path, "{", w.mark("path")+"{"), "", w.secrets["admin's key"], o.kind, o.body)
	}
	for _, body := range o.wrong {
		add(path, "", w.secrets["admin's key"], o.kind, body)
	}
	return all
}

// send sends a request, and keeps what is said of its failure.
func (w *secretWorld) send(c call) (status int, body string) {
	w.t.Helper()
	target := w.url + c.path
	if c.query != "" {
		target += "?" + c.query
	}
	r, err := http.NewRequestWithContext(w.t.Context(), c.method, target, strings.NewReader(c.body))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	r.Header.Set("Cookie", "__Host-lectern="+w.secrets["cookie"])
	response, err := http.DefaultClient.Do(r)
	if err != nil { // a connection that was broken on purpose
		return 0, ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	event := ""
	if _, after, ok := strings.Cut(string(text), "event: error"); ok {
		event = after
	}
	if response.StatusCode >= http.StatusBadRequest || event != "" {
		w.failures++
		w.look("the answer to "+c.method+" "+c.path, event+string(text[:len(text)*min(1, response.StatusCode/400)]), c)
	}
	return response.StatusCode, string(text)
}

// json sends a request as somebody with a key, and returns the answer.
func (w *secretWorld) json(method, path, key, body string) map[string]any {
	w.t.Helper()
	c := call{method, path, "", map[string]string{"Content-Type": "application/json"}, body}
	if key != "" {
		c.header["Authorization"] = "Bearer " + key
	}
	status, text := w.send(c)
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status >= http.StatusBadRequest {
		w.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return answer
}
