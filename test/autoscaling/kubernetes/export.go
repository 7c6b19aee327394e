// Lays open what the HPA controller of Kubernetes computes, so that recorded answers of its own code can be compared with ours.
// It is compiled into package podautoscaler by an overlay (see record.sh) and is part of nothing else.
package podautoscaler

import (
	"context"
	"errors"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/monitor"
	"k8s.io/kubernetes/pkg/controller/util/selectors"
)

const oracleKey = "test/hpa"

// OracleMetric is what the metrics API says of one metric; nil pods and no value: an error.
type OracleMetric struct {
	Value *int64
	Pods  metricsclient.PodMetricsInfo
}

// Oracle is one HPA inside a controller whose clock is moved by hand.
type Oracle struct {
	controller *HorizontalController
	indexer    cache.Indexer
	answers    []OracleMetric
	next       int
}

// NewOracle makes an HPA that has never been synced.
func NewOracle() *Oracle {
	o := &Oracle{indexer: cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})}
	lister := corelisters.NewPodLister(o.indexer)
	o.controller = &HorizontalController{
		eventRecorder:                &record.FakeRecorder{},
		tolerance:                    0.1,
		downscaleStabilisationWindow: 5 * time.Minute,
		monitor:                      monitor.New(),
		podLister:                    lister,
		replicaCalc:                  NewReplicaCalculator(o, lister, 5*time.Minute, 30*time.Second),
		recommendations:              map[string][]timestampedRecommendation{},
		scaleUpEvents:                map[string][]timestampedScaleEvent{},
		scaleDownEvents:              map[string][]timestampedScaleEvent{},
		hpaSelectors:                 selectors.NewBiMultimap(),
	}
	return o
}

// Pass lets time go by: everything remembered becomes older.
func (o *Oracle) Pass(d time.Duration) {
	for i := range o.controller.recommendations[oracleKey] {
		o.controller.recommendations[oracleKey][i].timestamp = o.controller.recommendations[oracleKey][i].timestamp.Add(-d)
	}
	for _, events := range [][]timestampedScaleEvent{o.controller.scaleUpEvents[oracleKey], o.controller.scaleDownEvents[oracleKey]} {
		for i := range events {
			events[i].timestamp = events[i].timestamp.Add(-d)
		}
	}
}

// Sync is reconcileAutoscaler without its API calls: the count that would be written.
func (o *Oracle) Sync(hpa *autoscaling.HorizontalPodAutoscaler, specReplicas, statusReplicas int32, pods []*v1.Pod, answers []OracleMetric) int32 {
	objects := make([]interface{}, len(pods))
	for i, pod := range pods {
		objects[i] = pod
	}
	if err := o.indexer.Replace(objects, ""); err != nil {
		panic(err)
	}
	o.answers, o.next = answers, 0
	a := o.controller
	a.recordInitialRecommendation(specReplicas, oracleKey)
	minReplicas := *hpa.Spec.MinReplicas
	var desired int32
	switch {
	case specReplicas == 0 && minReplicas != 0:
		return 0
	case specReplicas > hpa.Spec.MaxReplicas:
		desired = hpa.Spec.MaxReplicas
	case specReplicas < minReplicas:
		desired = minReplicas
	default:
		scale := &autoscalingv1.Scale{
			Spec:   autoscalingv1.ScaleSpec{Replicas: specReplicas},
			Status: autoscalingv1.ScaleStatus{Replicas: statusReplicas, Selector: "app=test"},
		}
		proposed, _, _, _, err := a.computeReplicasForMetrics(context.Background(), hpa, scale, hpa.Spec.Metrics)
		if err != nil && proposed == -1 {
			return specReplicas
		}
		if proposed < 0 {
			proposed = 0
		}
		if hpa.Spec.Behavior == nil {
			desired = a.normalizeDesiredReplicas(hpa, oracleKey, specReplicas, proposed, minReplicas)
		} else {
			desired = a.normalizeDesiredReplicasWithBehaviors(hpa, oracleKey, specReplicas, proposed, minReplicas)
		}
	}
	if desired != specReplicas {
		a.storeScaleEvent(hpa.Spec.Behavior, oracleKey, specReplicas, desired)
	}
	return desired
}

func (o *Oracle) answer() (OracleMetric, error) {
	answer := o.answers[o.next]
	o.next++
	if answer.Value == nil && answer.Pods == nil {
		return answer, errors.New("the metrics API fails")
	}
	return answer, nil
}

// GetResourceMetric answers for the metric whose turn it is, like the other methods of the metrics client.
func (o *Oracle) GetResourceMetric(context.Context, v1.ResourceName, string, labels.Selector, string) (metricsclient.PodMetricsInfo, time.Time, error) {
	answer, err := o.answer()
	return answer.Pods, time.Now(), err
}

func (o *Oracle) GetRawMetric(string, string, labels.Selector, labels.Selector) (metricsclient.PodMetricsInfo, time.Time, error) {
	answer, err := o.answer()
	return answer.Pods, time.Now(), err
}

func (o *Oracle) GetObjectMetric(string, string, *autoscaling.CrossVersionObjectReference, labels.Selector) (int64, time.Time, error) {
	return 0, time.Time{}, errors.New("not asked for")
}

func (o *Oracle) GetExternalMetric(string, string, labels.Selector) ([]int64, time.Time, error) {
	answer, err := o.answer()
	if err != nil {
		return nil, time.Time{}, err
	}
	return []int64{*answer.Value}, time.Now(), nil
}
