// Reads states of an HPA, one JSON object a line, and prints the count that Kubernetes' own controller code answers to each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	autoscaling "k8s.io/api/autoscaling/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

type rules struct {
	StabilizationWindow int32
	Tolerance           float64
	SelectPolicy        string
	Policies            []struct {
		Type   string
		Value  int32
		Period int32
	}
}

type sample struct {
	Name   string
	Value  int64
	At     int64
	Window int64
}

type metric struct {
	Type              string
	Target            string
	TargetValue       int64
	TargetUtilization int32
	Resource          string
	Total             *int64
	Usage             *[]sample
}

type pod struct {
	Name          string
	Phase         string
	IsTerminating bool
	StartedAt     *int64
	Ready         *struct {
		IsTrue    bool
		ChangedAt int64
	}
	Request int64
}

type world struct {
	IsNew          bool
	Now            int64
	SpecReplicas   int32
	StatusReplicas int32
	Min            int32
	Max            int32
	Behavior       *struct{ ScaleUp, ScaleDown rules }
	Metrics        []metric
	Pods           []pod
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	var oracle *podautoscaler.Oracle
	var last int64
	for lines.Scan() {
		var w world
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			panic(err)
		}
		if w.IsNew {
			oracle, last = podautoscaler.NewOracle(), w.Now
		}
		oracle.Pass(time.Duration(w.Now-last) * time.Second)
		last = w.Now
		base := time.Now()
		fmt.Println(oracle.Sync(toHpa(w), w.SpecReplicas, w.StatusReplicas, toPods(w, base), toAnswers(w, base)))
	}
}

func toHpa(w world) *autoscaling.HorizontalPodAutoscaler {
	least := max(1, w.Min)
	hpa := &autoscaling.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "test", Name: "hpa"}}
	hpa.Spec = autoscaling.HorizontalPodAutoscalerSpec{MinReplicas: &least, MaxReplicas: w.Max}
	if w.Behavior != nil {
		hpa.Spec.Behavior = &autoscaling.HorizontalPodAutoscalerBehavior{
			ScaleUp:   toRules(w.Behavior.ScaleUp),
			ScaleDown: toRules(w.Behavior.ScaleDown),
		}
	}
	for _, m := range w.Metrics {
		hpa.Spec.Metrics = append(hpa.Spec.Metrics, toSpec(m))
	}
	return hpa
}

func toRules(r rules) *autoscaling.HPAScalingRules {
	selected := autoscaling.ScalingPolicySelect(r.SelectPolicy)
	window := r.StabilizationWindow
	result := &autoscaling.HPAScalingRules{
		StabilizationWindowSeconds: &window,
		SelectPolicy:               &selected,
		Tolerance:                  resource.NewMilliQuantity(int64(r.Tolerance*1000+0.5), resource.DecimalSI),
	}
	for _, p := range r.Policies {
		result.Policies = append(result.Policies, autoscaling.HPAScalingPolicy{
			Type: autoscaling.HPAScalingPolicyType(p.Type), Value: p.Value, PeriodSeconds: p.Period,
		})
	}
	return result
}

func toSpec(m metric) autoscaling.MetricSpec {
	quantity := resource.NewMilliQuantity(m.TargetValue, resource.DecimalSI)
	name := autoscaling.MetricIdentifier{Name: "metric", Selector: &metav1.LabelSelector{}}
	switch m.Type {
	case "External":
		target := autoscaling.MetricTarget{Type: autoscaling.MetricTargetType(m.Target), AverageValue: quantity}
		if m.Target == "Value" {
			target.AverageValue, target.Value = nil, quantity
		}
		return autoscaling.MetricSpec{
			Type: autoscaling.ExternalMetricSourceType, External: &autoscaling.ExternalMetricSource{Metric: name, Target: target},
		}
	case "Pods":
		target := autoscaling.MetricTarget{Type: autoscaling.AverageValueMetricType, AverageValue: quantity}
		return autoscaling.MetricSpec{
			Type: autoscaling.PodsMetricSourceType, Pods: &autoscaling.PodsMetricSource{Metric: name, Target: target},
		}
	default:
		utilization := m.TargetUtilization
		target := autoscaling.MetricTarget{Type: autoscaling.UtilizationMetricType, AverageUtilization: &utilization}
		return autoscaling.MetricSpec{
			Type:     autoscaling.ResourceMetricSourceType,
			Resource: &autoscaling.ResourceMetricSource{Name: v1.ResourceName(m.Resource), Target: target},
		}
	}
}

func toPods(w world, base time.Time) []*v1.Pod {
	ago := func(at int64) metav1.Time { return metav1.NewTime(base.Add(time.Duration(at-w.Now) * time.Second)) }
	var pods []*v1.Pod
	for _, p := range w.Pods {
		one := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "test", Name: p.Name, Labels: map[string]string{"app": "test"}}}
		one.Status.Phase = v1.PodPhase(p.Phase)
		if p.IsTerminating {
			now := metav1.NewTime(base)
			one.DeletionTimestamp = &now
		}
		if p.StartedAt != nil {
			started := ago(*p.StartedAt)
			one.Status.StartTime = &started
		}
		if p.Ready != nil {
			status := v1.ConditionFalse
			if p.Ready.IsTrue {
				status = v1.ConditionTrue
			}
			one.Status.Conditions = []v1.PodCondition{{Type: v1.PodReady, Status: status, LastTransitionTime: ago(p.Ready.ChangedAt)}}
		}
		request := *resource.NewMilliQuantity(p.Request, resource.DecimalSI)
		one.Spec.Containers = []v1.Container{{Resources: v1.ResourceRequirements{
			Requests: v1.ResourceList{v1.ResourceCPU: request, v1.ResourceMemory: request},
		}}}
		pods = append(pods, one)
	}
	return pods
}

func toAnswers(w world, base time.Time) []podautoscaler.OracleMetric {
	var answers []podautoscaler.OracleMetric
	for _, m := range w.Metrics {
		answer := podautoscaler.OracleMetric{Value: m.Total}
		if m.Usage != nil {
			answer.Pods = metrics.PodMetricsInfo{}
			for _, s := range *m.Usage {
				answer.Pods[s.Name] = metrics.PodMetric{
					Timestamp: base.Add(time.Duration(s.At-w.Now) * time.Second),
					Window:    time.Duration(s.Window) * time.Second,
					Value:     s.Value,
				}
			}
		}
		answers = append(answers, answer)
	}
	return answers
}
