package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/issuance/batch"
)

// children is where all instances of a parent stand, in few bytes: a page that
// watches a thousand of them asks every few seconds. Hostnames and ids, which do
// not change, are in the parent's own reply (showOutput=true), in the same order.
type children struct {
	Status durable.RuntimeStatus `json:"runtimeStatus"` // of the parent
	Total  int                   `json:"total"`
	// Runtime has one letter for each child: the first of its runtimeStatus.
	Runtime string `json:"runtime"`
	// Steps are the values of customStatus.status that occur, At has for each child
	// the index of its own.
	Steps []string `json:"steps"`
	At    []int    `json:"at"`
	// Told are the children that were asked for, in full.
	Told map[string]batch.ChildStatus `json:"told,omitempty"`
}

// toldMost is how many children one reply tells in full.
const toldMost = 100

// getChildren answers where the children of an instance stand; tell=3,17 asks for
// these (counted from 0) in full.
func (s *server) getChildren(w http.ResponseWriter, r *http.Request) error {
	wanted, err := tell(r.URL.Query().Get("tell"))
	if err != nil {
		return err
	}
	parent, err := s.instances.Load(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	list, err := batch.ReadChildren(r.Context(), s.instances, parent)
	if err != nil {
		return fmt.Errorf("children of instance %s: %w", parent.ID, err)
	}
	body := children{Status: parent.Status, Total: len(list), Steps: []string{}, At: make([]int, 0, len(list))}
	index := map[string]int{}
	var letters strings.Builder
	for _, c := range list {
		letters.WriteByte((c.RuntimeStatus + "P")[0])
		at, known := index[c.CustomStatus.Status]
		if !known {
			at = len(body.Steps)
			index[c.CustomStatus.Status] = at
			body.Steps = append(body.Steps, c.CustomStatus.Status)
		}
		body.At = append(body.At, at)
	}
	body.Runtime = letters.String()
	for _, i := range wanted {
		if i < len(list) {
			if body.Told == nil {
				body.Told = map[string]batch.ChildStatus{}
			}
			body.Told[strconv.Itoa(i)] = list[i]
		}
	}
	return writeTagged(w, r, http.StatusOK, body)
}

func tell(text string) (indexes []int, err error) {
	if text == "" {
		return nil, nil
	}
	for _, part := range strings.Split(text, ",") {
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 || len(indexes) == toldMost {
			return nil, problem(CodeQueryNotValid, fmt.Sprintf("tell is not a list of up to %d numbers from 0.", toldMost), "Use a form such as tell=0,3,17.")
		}
		indexes = append(indexes, i)
	}
	return indexes, nil
}
