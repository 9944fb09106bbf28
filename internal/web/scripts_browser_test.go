//go:build browser

package web

import "net/http"

// The questions that the fake API knows.
const (
	askWhole    = "What is the zero-moment point?"
	askSlow     = "What takes long?"
	askCut      = "What breaks off?"
	askFault    = "What fails half way?"
	askRefused  = "Who won the cup in 1930?"
	askDegraded = "What is missing?"
	askHostile  = "What is hostile?"
	askUrdu     = "طبعی مصنوعی ذہانت کیا ہے؟"
	askLimited  = "What is too often?"
	askProxy    = "What does the proxy say?"
)

// The emoji and the mathematical letters need two UTF-16 units each, so offsets in
// code points differ from those of JavaScript.
var zmp = page{
	docID: "balance/zmp", title: "The zero-moment point", chapter: "Balance",
	url: "https://book.example/docs/balance/zmp#definition",
	text: "## Definition\n\n🤖🦿 A biped stands on a small area, so its designers ask one " +
		"question again and again: *where* does the ground push back? With 𝒙 along the " +
		"walking direction, the **zero-moment point** is the point on the ground about " +
		"which the horizontal components of the moment of all contact forces vanish. As long " +
		"as it lies inside the support polygon, the foot stays flat.\n\n" +
		"- In single support, the polygon is the sole of one foot.\n" +
		"- In double support, it is the hull of both feet.\n\n" +
		"```python\ndef zmp(forces):\n    return sum(f.x * f.z for f in forces) / " +
		"sum(f.z for f in forces)\n```\n\n" +
		"| Quantity | Unit |\n| --- | --- |\n| force | N |\n| moment | Nm |\n\n" +
		"A controller that keeps the point away from the polygon's edge leaves a margin for " +
		"pushes and for uneven ground.",
}

var walking = page{
	docID: "balance/walking", title: "Walking", chapter: "Balance",
	url: "https://book.example/docs/balance/walking#preview-control",
	text: "Preview control plans the zero-moment point a second or two ahead and moves the " +
		"centre of mass so that the plan holds.",
}

var urdu = page{
	docID: "ur/intro", title: "طبعی مصنوعی ذہانت", chapter: "تعارف", url: "/docs/ur/intro",
	text: "طبعی مصنوعی ذہانت ایسے نظام ہیں جو حقیقی دنیا میں محسوس کرتے اور عمل کرتے ہیں۔",
}

var hostile = page{
	docID: "x/<img src=x onerror=alert(1)>", title: "<script>alert(1)</script>",
	chapter: `"><b>bold</b>`, url: "javascript:alert(document.domain)",
	text: "<script>alert(2)</script> [press](javascript:alert(3)) <img src=x onerror=alert(4)>",
}

const (
	quoteZMP = "the **zero-moment point** is the point on the ground about which the " +
		"horizontal components of the moment of all contact forces vanish."
	quoteFlat    = "As long as it lies inside the support polygon, the foot stays flat."
	quotePreview = "Preview control plans the zero-moment point a second or two ahead"
)

func wholeAnswer() answer {
	return answer{
		text: "The **zero-moment point** is the point on the ground about which the horizontal " +
			"components of the moment of all contact forces vanish [1]. As long as it lies " +
			"inside the support polygon, the foot stays flat [2].\n\nIt is used in two ways:\n\n" +
			"- as a criterion, which tells whether a step is possible at all;\n" +
			"- as a reference: preview control plans it a second or two ahead and moves the " +
			"centre of mass so that the plan holds [3].\n\nIn code it is a weighted mean, " +
			"`sum(f.x * f.z) / sum(f.z)`.",
		passages: []object{
			zmp.passage(0, "## Definition", "uneven ground.", "The zero-moment point", "Definition"),
			walking.passage(3, "Preview", "holds.", "Walking", "Preview control"),
		},
		citations: []object{
			zmp.citation(1, 0, quoteZMP), zmp.citation(2, 0, quoteFlat),
			walking.citation(3, 3, quotePreview),
		},
	}
}

func pages() []object {
	return []object{
		{"doc_id": "intro/what-is-physical-ai", "title": "What is physical AI?"},
		{"doc_id": zmp.docID, "title": zmp.title},
		{"doc_id": "sense/imu", "title": "How an IMU finds its attitude"},
		{"doc_id": "learn/sim", "title": "Why simulation comes first"},
		{"doc_id": "learn/transfer", "title": "From simulation to hardware"},
	}
}

func refuse(s *stream) {
	answer{
		refused: true, text: "The book does not say anything about this.",
		passages: wholeAnswer().passages,
	}.stream(s)
}

func scripts() map[string]script {
	whole := wholeAnswer()
	degraded := whole
	degraded.degraded = []string{"index_lag", "weather_station"}
	return map[string]script{
		askWhole:    whole.stream,
		"ZMP?":      whole.stream,
		askRefused:  refuse,
		askDegraded: degraded.stream,
		askUrdu: answer{
			text:      urdu.text + " [1]",
			passages:  []object{urdu.passage(0, "طبعی", "ہیں۔")},
			citations: []object{urdu.citation(1, 0, "حقیقی دنیا میں محسوس کرتے")},
		}.stream,
		askHostile: answer{
			text:      hostile.text + " [1] [9] ![x](data:text/html,x)",
			passages:  []object{hostile.passage(0, "<script>", "(4)>")},
			citations: []object{hostile.citation(1, 0, "<script>alert(2)</script>")},
		}.stream,
		askSlow: func(s *stream) {
			s.send("passages", object{"passages": whole.passages})
			s.send("token", object{"text": "It begins [1] "})
			if s.hold() {
				whole.stream(s)
			}
		},
		askCut: func(s *stream) {
			s.send("token", object{"text": "Only half"})
			if s.hold() {
				panic(http.ErrAbortHandler)
			}
		},
		askFault: func(s *stream) {
			s.send("token", object{"text": "Only half"})
			s.send("error", object{
				"status": 503, "title": "Service Unavailable",
				"detail": "the database cannot be reached; try again in a moment",
			})
		},
		askLimited: func(s *stream) {
			s.w.Header().Set("Retry-After", "1")
			problem(s.w, http.StatusTooManyRequests, "Too Many Requests", "Ask less often.")
		},
		askProxy: func(s *stream) {
			s.w.Header().Set("Content-Type", "text/html")
			s.w.WriteHeader(http.StatusBadGateway)
			s.w.Write([]byte("<h1>502</h1>"))
		},
	}
}
