package exact

// names gives each string in use a small number; a number whose last use has ended is given again.
type names struct {
	number map[string]uint32
	uses   []int
	text   []string
	free   []uint32
}

// use counts one more use of name. It does not keep name.
func (n *names) use(name []byte) uint32 {
	i, ok := n.number[string(name)]
	if ok {
		n.uses[i]++
		return i
	}
	text := string(name)
	if last := len(n.free) - 1; last >= 0 {
		i, n.free = n.free[last], n.free[:last]
		n.text[i], n.uses[i] = text, 1
	} else {
		i = uint32(len(n.text))
		n.text, n.uses = append(n.text, text), append(n.uses, 1)
	}
	if n.number == nil {
		n.number = make(map[string]uint32)
	}
	n.number[text] = i
	return i
}

// release ends one use of number i.
func (n *names) release(i uint32) {
	if n.uses[i]--; n.uses[i] == 0 {
		delete(n.number, n.text[i])
		n.text[i] = ""
		n.free = append(n.free, i)
	}
}
