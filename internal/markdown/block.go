package markdown

type block struct{}
