// Reads requests, one JSON object a line, and prints what KEDA's own executor and fallback make of each.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/go-logr/logr"
	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/kedacore/keda/v2/pkg/fallback"
	"github.com/kedacore/keda/v2/pkg/scaling/executor"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/events"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
)

type request struct {
	Call         string
	MinReplicas  int32
	IdleReplicas *int32
	Cooldown     int32
	Initial      int32
	Fallback     *struct {
		FailureThreshold int32
		Replicas         int32
		Behavior         string
	}
	SpecReplicas  int32
	ReadyReplicas int32
	Annotations   struct {
		Paused          json.RawMessage
		PausedScaleIn   bool
		PausedScaleOut  bool
		ForceActivation bool
	}
	SinceCreation int64
	SinceActive   *int64
	IsActive      bool
	IsError       bool
	MetricType    string
	Target        int64
	Value         *int64
	Failures      int32
}

// cluster answers what executor and fallback ask an API server.
type cluster struct {
	client.Client
	replicas, ready int32
}

// status takes every patch and keeps none: what counts is in the object.
type status struct{ client.SubResourceWriter }

func (c *cluster) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if deployment, ok := object.(*appsv1.Deployment); ok {
		replicas := c.replicas
		deployment.Spec.Replicas = &replicas
		return nil
	}
	return errors.New("there is no such thing")
}

func (c *cluster) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	pods := list.(*corev1.PodList)
	for i := int32(0); i < c.replicas; i++ {
		pod := corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning}}
		isReady := corev1.ConditionFalse
		if i < c.ready {
			isReady = corev1.ConditionTrue
		}
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: isReady}}
		pods.Items = append(pods.Items, pod)
	}
	return nil
}

func (c *cluster) Status() client.SubResourceWriter { return status{} }

func (status) Patch(context.Context, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
	return nil
}

type scales struct {
	scale.ScaleInterface
	of *cluster
}

func (s scales) Scales(string) scale.ScaleInterface { return s }

func (s scales) Get(context.Context, schema.GroupResource, string, metav1.GetOptions) (*autoscalingv1.Scale, error) {
	return &autoscalingv1.Scale{
		Spec:   autoscalingv1.ScaleSpec{Replicas: s.of.replicas},
		Status: autoscalingv1.ScaleStatus{Replicas: s.of.replicas, Selector: "app=test"},
	}, nil
}

func (s scales) Update(_ context.Context, _ schema.GroupResource, wanted *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	s.of.replicas = wanted.Spec.Replicas
	return wanted, nil
}

func main() {
	logf.SetLogger(logr.Discard())
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		if r.Call == "scale" {
			fmt.Println(requestScale(r))
		} else {
			fmt.Println(observe(r))
		}
	}
}

func requestScale(r request) string {
	c := &cluster{replicas: r.SpecReplicas, ready: r.ReadyReplicas}
	e := executor.NewScaleExecutor(c, scales{of: c}, runtime.NewScheme(), time.Second, events.NewFakeRecorder(9))
	result := e.RequestScale(context.Background(), toObject(r), r.IsActive, r.IsError, executor.ScaleExecutorOptions{})
	if result.Error != nil {
		panic(result.Error)
	}
	active := "-"
	if result.LastActiveTime != nil {
		active = "a"
	}
	return fmt.Sprintf("%d%s", c.replicas, active)
}

func observe(r request) string {
	c := &cluster{replicas: r.SpecReplicas, ready: r.ReadyReplicas}
	object := toObject(r)
	failures := r.Failures
	object.Status.Health = map[string]kedav1alpha1.HealthStatus{
		"metric": {NumberOfFailures: &failures, Status: kedav1alpha1.HealthStatusFailing},
	}
	handler := fallback.ScaledObjectHandler{
		Ctx: context.Background(), KubeClient: c, ScaleClient: scales{of: c}, UpdateLock: &sync.RWMutex{}, ScaledObject: object,
	}
	target := resource.NewMilliQuantity(r.Target, resource.DecimalSI)
	spec := autoscalingv2.MetricSpec{External: &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: "metric"},
		Target: autoscalingv2.MetricTarget{Type: autoscalingv2.MetricTargetType(r.MetricType), AverageValue: target, Value: target},
	}}
	var metrics []external_metrics.ExternalMetricValue
	err := errors.New("the scaler fails")
	if r.Value != nil {
		err = nil
		metrics = []external_metrics.ExternalMetricValue{{Value: *resource.NewMilliQuantity(*r.Value, resource.DecimalSI)}}
	}
	values, isFallback, err := fallback.GetMetricsWithFallback(handler, metrics, err, "metric", spec)
	value := "e"
	if err == nil {
		value = strconv.FormatInt(values[0].Value.MilliValue(), 10)
	}
	mark := "-"
	if isFallback {
		mark = "f"
	}
	return fmt.Sprintf("%s%s%d", value, mark, *object.Status.Health["metric"].NumberOfFailures)
}

func toObject(r request) *kedav1alpha1.ScaledObject {
	now := time.Now()
	object := &kedav1alpha1.ScaledObject{ObjectMeta: metav1.ObjectMeta{
		Namespace: "test", Name: "object", Annotations: map[string]string{}, UID: types.UID("1"),
		CreationTimestamp: metav1.NewTime(now.Add(-time.Duration(r.SinceCreation) * time.Second)),
	}}
	object.Spec = kedav1alpha1.ScaledObjectSpec{
		ScaleTargetRef: &kedav1alpha1.ScaleTarget{Name: "target"},
		MinReplicaCount: &r.MinReplicas, IdleReplicaCount: r.IdleReplicas,
		CooldownPeriod: &r.Cooldown, InitialCooldownPeriod: &r.Initial,
		Triggers: []kedav1alpha1.ScaleTriggers{{Type: "external"}},
	}
	if r.Fallback != nil {
		object.Spec.Fallback = &kedav1alpha1.Fallback{
			FailureThreshold: r.Fallback.FailureThreshold, Replicas: r.Fallback.Replicas, Behavior: r.Fallback.Behavior,
		}
	}
	object.Status.ScaleTargetGVKR = &kedav1alpha1.GroupVersionKindResource{
		Group: "apps", Version: "v1", Kind: "Deployment", Resource: "deployments",
	}
	if r.SinceActive != nil {
		active := metav1.NewTime(now.Add(-time.Duration(*r.SinceActive) * time.Second))
		object.Status.LastActiveTime = &active
	}
	annotate(object, r)
	return object
}

func annotate(object *kedav1alpha1.ScaledObject, r request) {
	set := func(name string, isSet bool) {
		if isSet {
			object.Annotations["autoscaling.keda.sh/"+name] = "true"
		}
	}
	set("paused-scale-in", r.Annotations.PausedScaleIn)
	set("paused-scale-out", r.Annotations.PausedScaleOut)
	set("force-activation", r.Annotations.ForceActivation)
	switch paused := string(r.Annotations.Paused); paused {
	case "", "false":
	case "true":
		set("paused", true)
	default:
		object.Annotations["autoscaling.keda.sh/paused-replicas"] = paused
	}
}
