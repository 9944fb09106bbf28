// Package rollout restarts two servers one after the other, behind a load balancer that goes by their
// readiness, while readers ask, and looks whether any of them notices.
package rollout
