{{- define "lectern.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "lectern.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The replicas of the server, and not the migration. */}}
{{- define "lectern.server" -}}
{{ include "lectern.selector" . }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "lectern.labels" -}}
{{ include "lectern.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "lectern.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The part of a pod that is the same for the server and for the migration. */}}
{{- define "lectern.pod" -}}
serviceAccountName: {{ .Values.serviceAccountName }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range $setting, $from := .Values.secrets }}
        {{- if $from }}
        - secret:
            name: {{ $from.name }}
            items: [{key: {{ $from.key }}, path: {{ $setting }}}]
        {{- end }}
        {{- end }}
{{- end -}}

{{/* The part of a container that is the same for both. */}}
{{- define "lectern.container" -}}
name: lectern
image: {{ include "lectern.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - {name: LECTERN_METRICS_LISTEN, value: ":{{ .Values.metrics.port }}"}
  {{- range $setting, $value := .Values.settings }}
  - {name: LECTERN_{{ $setting | upper | replace "-" "_" }}, value: {{ $value | quote }}}
  {{- end }}
  {{- range $name, $value := .Values.openTelemetry }}
  - {name: OTEL_{{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- range $setting, $from := .Values.secrets }}
  {{- if $from }}
  - {name: LECTERN_{{ $setting | upper | replace "-" "_" }}_FILE, value: /run/secrets/lectern/{{ $setting }}}
  {{- end }}
  {{- end }}
resources: {{ toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets/lectern, readOnly: true}
{{- end -}}
