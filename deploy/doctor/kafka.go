//go:build unix

package doctor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/schema"
)

func (c *Config) at() string { return strings.Join(c.Kafka.Brokers, ", ") }

func (c *Config) broker(ctx context.Context) []Finding {
	began := time.Now()
	if err := c.Kafka.Check(ctx, ""); err != nil {
		return []Finding{wrong(err.Error(), "no connection to %s", c.at())}
	}
	return []Finding{good("%s answers in %s", c.at(), millis(time.Since(began)))}
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
}

// kafka connects to the first broker that answers.
func (c *Config) kafka() (*kafka.Client, error) {
	transport, err := c.Kafka.Transport()
	if err != nil {
		return nil, err
	}
	return &kafka.Client{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: transport, Timeout: partTimeout}, nil
}

const brokerAway = "the broker does not answer"

func (c *Config) topics(ctx context.Context) (found []Finding) {
	k, err := c.kafka()
	if err != nil {
		return []Finding{unknown(brokerAway)}
	}
	names := []string{schema.TopicEvents, schema.TopicSeals, schema.TopicRejected}
	about, err := k.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return []Finding{unknown(brokerAway)}
	}
	var there []string
	for _, name := range names {
		topic := topicOf(about, name)
		if topic == nil {
			found = append(found, wrong(fmt.Sprintf("mcptrail up makes it; elsewhere: kafka-topics.sh --create --topic %s --partitions %d --config max.message.bytes=%d",
				name, partitionsFor(name), schema.MaxMessageBytes), "%s does not exist", name))
			continue
		}
		there = append(there, fmt.Sprintf("%s (%d)", name, len(topic.Partitions)))
		if copies := len(topic.Partitions[0].Replicas); copies < 2 && len(about.Brokers) > 1 {
			found = append(found, notice("give it a replication factor of 3, or a lost broker loses what ingest has not stored", "%s has one copy on %d brokers", name, len(about.Brokers)))
		}
		found = append(found, c.settings(ctx, k, name)...)
	}
	if len(there) > 0 {
		found = append([]Finding{good("%s", strings.Join(there, ", "))}, found...)
	}
	return found
}

func partitionsFor(topic string) int {
	if topic == schema.TopicEvents {
		return 12
	}
	return 1
}

func topicOf(about *kafka.MetadataResponse, name string) *kafka.Topic {
	for i, t := range about.Topics {
		if t.Name == name && t.Error == nil && len(t.Partitions) > 0 {
			return &about.Topics[i]
		}
	}
	return nil
}

// leastRetention is how long an outage of ingest may last before records are lost.
const leastRetention = 24 * time.Hour

// settings of a topic that a record needs.
func (c *Config) settings(ctx context.Context, k *kafka.Client, topic string) (found []Finding) {
	answer, err := k.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"max.message.bytes", "cleanup.policy", "retention.ms"}}}})
	if err != nil || len(answer.Resources) == 0 || answer.Resources[0].Error != nil {
		return []Finding{notice("let the user read them, or look by hand", "the settings of %s may not be read", topic)}
	}
	for _, entry := range answer.Resources[0].ConfigEntries {
		n, _ := strconv.ParseInt(entry.ConfigValue, 10, 64)
		alter := func(value string) string {
			return fmt.Sprintf("kafka-configs.sh --alter --entity-type topics --entity-name %s --add-config %s=%s", topic, entry.ConfigName, value)
		}
		switch entry.ConfigName {
		case "max.message.bytes":
			if n < schema.MaxMessageBytes {
				found = append(found, wrong(alter(fmt.Sprint(schema.MaxMessageBytes)), "%s takes records up to %d bytes, the largest event has %d", topic, n, schema.MaxMessageBytes))
			}
		case "cleanup.policy":
			if strings.Contains(entry.ConfigValue, "compact") {
				found = append(found, wrong(alter("delete"), "%s is compacted: of each session only the last event would stay", topic))
			}
		case "retention.ms":
			if d := time.Duration(n) * time.Millisecond; n >= 0 && d < leastRetention {
				found = append(found, notice(alter(fmt.Sprint((7*24*time.Hour).Milliseconds())), "%s keeps records for %v: a longer outage of ingest loses some", topic, d))
			}
		}
	}
	return found
}

// ends are the offsets of the topics' next records, by partition.
func (c *Config) ends(ctx context.Context) (map[place]int64, error) {
	k, err := c.kafka()
	if err != nil {
		return nil, err
	}
	about, err := k.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, err
	}
	ask := map[string][]kafka.OffsetRequest{}
	for _, name := range []string{schema.TopicEvents, schema.TopicSeals} {
		if topic := topicOf(about, name); topic != nil {
			for _, p := range topic.Partitions {
				ask[name] = append(ask[name], kafka.LastOffsetOf(p.ID))
			}
		}
	}
	answer, err := k.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: ask})
	if err != nil {
		return nil, err
	}
	all := map[place]int64{}
	for topic, partitions := range answer.Topics {
		for _, p := range partitions {
			if p.Error != nil {
				return nil, p.Error
			}
			all[place{topic, int32(p.Partition)}] = p.LastOffset
		}
	}
	return all, nil
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}
