package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"

	"github.com/lectern-project/lectern/internal/book"
)

// OpenAPI returns the OpenAPI 3.1 document of the API as YAML, the same for the same code.
func OpenAPI() ([]byte, error) {
	s := &server{}
	document, err := describe(s.register(http.NewServeMux()))
	if err != nil {
		return nil, err
	}
	return toYAML(document)
}

// serveDocument adds the OpenAPI document to mux, as JSON and as YAML.
func serveDocument(mux *http.ServeMux, api huma.API) error {
	asJSON, err := describe(api)
	if err != nil {
		return err
	}
	asYAML, err := toYAML(asJSON)
	if err != nil {
		return err
	}
	serve := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(body)
		}
	}
	mux.HandleFunc("GET /openapi.json", serve("application/openapi+json", asJSON))
	mux.HandleFunc("GET /openapi.yaml", serve("application/openapi+yaml", asYAML))
	return nil
}

func toYAML(document []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := yaml.Convert(&b, bytes.NewReader(document)); err != nil {
		return nil, book.Wrap(book.Internal, err, "the OpenAPI document cannot be written as YAML")
	}
	return b.Bytes(), nil
}

// describe returns huma's document as JSON with what huma cannot know: it works on the JSON, so
// that nothing here changes how requests are checked.
func describe(api huma.API) ([]byte, error) {
	document, err := json.Marshal(api.OpenAPI())
	var root node
	if err == nil {
		err = json.Unmarshal(document, &root)
	}
	if err != nil {
		return nil, book.Wrap(book.Internal, err, "the OpenAPI document cannot be made")
	}
	schemas := root.at("components", "schemas")
	for name, text := range fieldTexts {
		for field, description := range text {
			schemas.at(name, "properties", field)["description"] = description
		}
	}
	schemas.at("Problem", "properties", "code")["enum"] = book.Codes()
	schemas.at("Passage", "properties", "chunk_id")["format"] = "uuid"
	orNullObject(schemas.at("Message", "properties", "feedback"))
	orNullObject(schemas.at("Session", "properties", "account"))
	for _, request := range []string{
		"RegisterRequest", "AccountUpdateRequest", "ManagedAccountRequest", "InvitationRequest",
	} {
		schemas.at(request, "properties", "email")["format"] = "email" // auth checks it
	}
	paths := root.at("paths")
	describeForm(paths.at("/api/auth/token", "post", "requestBody", "content", formType))
	describeStream(paths.at("/api/query", "post", "responses", "200"))
	describeReplays(paths)
	describeLimits(paths)
	describeArchive(paths.at("/api/backup", "get", "responses", "200"))
	export := paths.at("/api/users/me/export", "get", "responses", "200")
	export["description"] = "The account's data."
	export.at("content", jsonType)["schema"] = node{"type": "object"}
	describeCreated(paths)
	describeAccepted(paths)
	changed := paths.at("/api/users/me/password", "post", "responses")
	changed["204"] = node{
		"description": "No Content, for the session of a browser", "headers": changed.at("200")["headers"],
	}
	delete(changed.at("200"), "headers")
	describeNull(schemas, requestSchemas(schemas, paths))
	return json.Marshal(root)
}

// orNullObject says of a field that holds an object that it may be null.
func orNullObject(field node) {
	field["oneOf"] = []any{node{"$ref": field["$ref"]}, node{"type": "null"}}
	delete(field, "$ref")
}

const schemaPrefix = "#/components/schemas/"

// node is an object of the document.
type node map[string]any

// at returns the object at the path below n; objects that are not there are made.
func (n node) at(path ...string) node {
	for _, name := range path {
		child, ok := n[name].(map[string]any)
		if !ok {
			child = map[string]any{}
			n[name] = child
		}
		n = child
	}
	return n
}

// describeForm says what the OAuth 2.0 form holds, which the handler checks by itself.
func describeForm(content node) {
	text := func(description string) node {
		return node{"type": "string", "minLength": 1, "description": description}
	}
	grant := text("Always password.")
	grant["enum"] = []string{"password"}
	content["schema"] = node{
		"type":     "object",
		"required": []string{"grant_type", "username", "password"},
		"properties": node{
			"grant_type": grant,
			"username":   text("User name or e-mail address."),
			"password":   text("The account's password."),
		},
	}
}

// describeStream says what /api/query answers, which is written by hand.
func describeStream(response node) {
	response["description"] = "The answer, whole or as it comes."
	response.at("content", jsonType)["schema"] = node{"$ref": "#/components/schemas/Answer"}
	events := response.at("content", eventType)
	events["schema"] = node{"type": "string", "description": "Server-sent events, each with a JSON " +
		"object as data: passages {passages}; search {query} when a model searches the book again, and " +
		"after it all passages anew if it found more; token {text} as often as there are pieces; " +
		"citations {citations}; done with the whole Answer; or error with a Problem in place of what is " +
		"left. Clients pass over events that they do not know."}
	events["example"] = "event: passages\ndata: {\"passages\":[]}\n\n" +
		"event: search\ndata: {\"query\":\"embodied intelligence\"}\n\n" +
		"event: token\ndata: {\"text\":\"Physical AI acts in the world. [1]\"}\n\n" +
		"event: citations\ndata: {\"citations\":[]}\n\nevent: done\ndata: {\"answer\":\"...\"}\n\n"
}

// describeLimits says what a response says about limits.
func describeLimits(paths node) {
	text := func(description string) node {
		return node{"description": description, "schema": node{"type": "string"}}
	}
	for path := range paths {
		for method := range paths.at(path) {
			responses := paths.at(path, method, "responses")
			if responses["429"] == nil {
				continue
			}
			headers := responses.at("429", "headers")
			headers["RateLimit-Policy"] = text("The limit: its name, q requests in w seconds.")
			headers["RateLimit"] = text("What is left: r requests now, all of them in t seconds.")
			headers["Retry-After"] = text("Seconds until there is one again.")
		}
	}
}

// describeArchive says what /api/backup answers.
func describeArchive(response node) {
	response["description"] = "The archive: a tar file, compressed with zstd."
	response.at("content", archiveType)["schema"] = node{
		"type": "string", "contentMediaType": archiveType,
	}
}

// describeCreated adds the status of what is new, which huma has only one of.
func describeCreated(paths node) {
	for _, path := range []string{
		"/api/auth/register", "/api/conversations", "/api/keys", "/api/invitations",
		"/api/users/{user_id}/reset",
	} {
		responses := paths.at(path, "post", "responses")
		responses["201"] = created(responses.at("200"))
		delete(responses, "200")
	}
	ingest := paths.at("/api/ingest", "post", "responses")
	ingest["201"] = created(ingest.at("200"))
}

// describeAccepted names the status of what begins.
func describeAccepted(paths node) {
	accept := func(responses node, status string) {
		responses["202"] = responses.at(status)
		responses.at("202")["description"] = "Accepted"
		delete(responses, status)
	}
	accept(paths.at("/api/auth/reset", "post", "responses"), "200")
	accept(paths.at("/api/users/me", "delete", "responses"), "204")
	accept(paths.at("/api/users/{user_id}", "delete", "responses"), "204")
}

func created(response node) node {
	copied := node{}
	maps.Copy(copied, response)
	copied["description"] = "Created"
	return copied
}

// requestSchemas names the schemas of request bodies, and of what their lists hold.
func requestSchemas(schemas, paths node) []string {
	var names []string
	for path := range paths {
		for method := range paths.at(path) {
			body, _ := paths.at(path, method)["requestBody"].(map[string]any)
			if body == nil || node(body).at("content")[jsonType] == nil {
				continue
			}
			ref, _ := node(body).at("content", jsonType, "schema")["$ref"].(string)
			name := strings.TrimPrefix(ref, schemaPrefix)
			names = append(names, name)
			for field := range schemas.at(name, "properties") {
				items, _ := schemas.at(name, "properties", field)["items"].(map[string]any)
				if ref, ok := items["$ref"].(string); ok {
					names = append(names, strings.TrimPrefix(ref, schemaPrefix))
				}
			}
		}
	}
	return names
}

// describeNull says of requests that null is as good as leaving an optional field out, and of
// responses that fields may be added.
func describeNull(schemas node, requests []string) {
	for name := range schemas {
		schema := schemas.at(name)
		if !slices.Contains(requests, name) {
			delete(schema, "additionalProperties")
			continue
		}
		allowNullFields(schema)
	}
}

func allowNullFields(schema node) {
	required, _ := schema["required"].([]any)
	for field := range schema.at("properties") {
		if !slices.Contains(required, any(field)) {
			allowNull(schema.at("properties", field))
		}
	}
}

func allowNull(schema node) {
	if options, ok := schema["oneOf"].([]any); ok {
		for _, option := range options {
			option, ok := option.(map[string]any)
			if ok && option["properties"] != nil {
				allowNullFields(option)
			}
		}
		schema["oneOf"] = append(options, node{"type": "null"})
	}
	if kind, ok := schema["type"].(string); ok {
		schema["type"] = []string{kind, "null"}
	}
	if values, ok := schema["enum"].([]any); ok {
		schema["enum"] = append(values, nil)
	}
}
