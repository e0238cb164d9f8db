{{/* The name of everything: the release's, with the chart's unless it has it already. */}}
{{- define "model-registry.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "model-registry.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "model-registry.labels" -}}
{{ include "model-registry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Whether nothing that must survive is in the pod: a database elsewhere and a bucket. Empty means no. */}}
{{- define "model-registry.isShared" -}}
{{- if and .Values.s3.bucket (or .Values.database.url .Values.database.external) -}}yes{{- end -}}
{{- end -}}
