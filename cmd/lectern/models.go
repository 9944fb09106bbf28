package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
)

type modelsCommand struct {
	All bool `help:"List every model that the providers serve."`
}

// checkedModel is a model as it is printed.
type checkedModel struct {
	Model    string  `json:"model"`
	OK       bool    `json:"ok"`
	Answers  string  `json:"answers"`
	Error    string  `json:"error"`
	Shutdown string  `json:"shutdown"`
	Seconds  float64 `json:"seconds"`
	// Served is what the provider offers; ListError says why that is not known.
	Served    []string `json:"served"`
	ListError string   `json:"list_error"`
}

// Run asks the configured providers what they serve and each model a short question.
func (c *modelsCommand) Run(ctx context.Context, s *session) error {
	checked, err := app.CheckModels(ctx, s.Config)
	if err != nil {
		return err
	}
	models, failed := []checkedModel{}, false
	for _, m := range checked {
		models = append(models, c.shown(m))
		failed = failed || m.Error != nil
	}
	if s.JSON {
		err = s.printJSON(map[string]any{"models": models})
	} else {
		err = s.printModels(models, c.All)
	}
	if err == nil && failed {
		return exit(exitFailure)
	}
	return err
}

func (c *modelsCommand) shown(m app.CheckedModel) checkedModel {
	out := checkedModel{
		Model: m.Name, OK: m.Error == nil, Answers: m.Answers, Seconds: m.Took.Seconds(),
		Served: []string{},
	}
	if m.Error != nil {
		out.Error = book.MessageOf(m.Error)
		if m.Words != "" {
			out.Error += ": " + m.Words
		}
	}
	if m.ListError != nil {
		out.ListError = book.MessageOf(m.ListError)
	}
	if at := m.Shutdown; !at.IsZero() {
		out.Shutdown = at.Format(time.DateOnly)
	}
	for _, served := range m.Served {
		out.Served = append(out.Served, served.ID)
	}
	return out
}

func (s *session) printModels(models []checkedModel, all bool) error {
	if len(models) == 0 {
		s.notef("No provider is configured; the built-in extractive answerer answers.")
		return nil
	}
	table := s.table("MODEL", "ANSWERS AS", "SECONDS", "SHUTDOWN", "STATE")
	for _, m := range models {
		state, answers, shutdown := "ok", m.Answers, m.Shutdown
		if !m.OK {
			state, answers = m.Error, "-"
		}
		if shutdown == "" {
			shutdown = "-"
		}
		table.row(m.Model, answers, fmt.Sprintf("%.1f", m.Seconds), shutdown, state)
	}
	if err := table.flush(); err != nil || !all {
		return err
	}
	for _, m := range models {
		served := strings.Join(m.Served, " ")
		if m.ListError != "" {
			served = m.ListError
		}
		s.stdout.printf("\nThe provider of %s serves: %s\n", m.Model, printable(served))
	}
	return nil
}
