//go:build browser

package web

// openAPI is a small document with the shapes that the real one uses.
const openAPI = `{
  "openapi": "3.1.0",
  "info": {"title": "Lectern", "version": "1.2.3", "description": "Ask a **book**."},
  "security": [{"bearer": []}],
  "tags": [{"name": "Asking", "description": "Questions and searches."}],
  "paths": {
    "/api/query": {"post": {
      "operationId": "query", "tags": ["Asking"], "summary": "Ask a question",
      "description": "Answers with citations.\n\n- as JSON\n- as a stream",
      "requestBody": {"required": true, "content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/Question"}}}},
      "responses": {
        "200": {"description": "The answer", "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Answer"}},
          "text/event-stream": {"schema": {"type": "string"},
            "example": "event: done\ndata: {}\n\n"}}},
        "401": {"description": "Unauthorized", "content": {"application/problem+json": {}}},
        "503": {"description": "Service Unavailable", "content": {
          "application/problem+json": {}}}}}},
    "/api/documents/{doc_id}": {
      "parameters": [{"name": "doc_id", "in": "path", "required": true,
        "description": "One segment: <b>slashes</b> are %2F.", "schema": {"type": "string"}}],
      "get": {"tags": ["Documents"], "operationId": "get-document", "summary": "Show a document",
        "security": [], "responses": {"200": {"description": "It"}}},
      "delete": {"tags": ["Documents"], "operationId": "delete-document",
        "summary": "Delete a document", "responses": {"204": {"description": "Gone"}}}}
  },
  "components": {
    "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer",
      "description": "An access token or an API key."}},
    "schemas": {
      "Question": {"type": "object", "required": ["question"], "properties": {
        "$schema": {"type": "string", "readOnly": true},
        "question": {"type": "string", "maxLength": 2000, "examples": ["What's a leg?"]},
        "top_k": {"type": ["integer", "null"], "minimum": 1, "maximum": 50},
        "selection": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Scope"}]}}},
      "Scope": {"type": "object", "properties": {"chapter": {"type": "string"}}},
      "Answer": {"type": "object", "properties": {
        "answer": {"type": "string"},
        "next": {"$ref": "#/components/schemas/Answer"},
        "citations": {"type": "array", "items": {"$ref": "#/components/schemas/Citation"}}}},
      "Citation": {"type": "object", "properties": {
        "quote": {"type": "string", "description": "Verbatim words."}}}
    }
  }
}`
