// Package kafkaconn holds how mcptrail's programs reach their brokers: one set of
// flags, and errors that say what to do.
//
// The one rule: a password comes from the environment or a file, never from an
// argument, and never goes into an error or a log.
package kafkaconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mcptrail/mcptrail/schema/running"
)

// Options are the flags of a program that talks to Kafka; the tags are kong's.
// The zero value has no broker; the methods only read it, so that copies and several
// goroutines may use one.
type Options struct {
	Brokers      []string `help:"Kafka brokers, HOST:PORT, separated by commas (default ${default})." env:"MCPTRAIL_BROKERS" default:"127.0.0.1:7692" placeholder:"HOST:PORT"`
	TLS          bool     `name:"kafka-tls" help:"Talk TLS to the brokers." env:"MCPTRAIL_KAFKA_TLS"`
	CA           string   `name:"kafka-ca" help:"File with the certificates that sign the brokers', instead of the system's." env:"MCPTRAIL_KAFKA_CA" placeholder:"FILE"`
	Cert         string   `name:"kafka-cert" help:"Client certificate for TLS." env:"MCPTRAIL_KAFKA_CERT" placeholder:"FILE"`
	CertKey      string   `name:"kafka-cert-key" help:"Key of the client certificate." env:"MCPTRAIL_KAFKA_CERT_KEY" placeholder:"FILE"`
	SASL         string   `name:"kafka-sasl" help:"SASL mechanism: none, plain, scram-sha-256 or scram-sha-512." enum:"none,plain,scram-sha-256,scram-sha-512" default:"none" env:"MCPTRAIL_KAFKA_SASL"`
	User         string   `name:"kafka-user" help:"SASL user; the password comes from MCPTRAIL_KAFKA_PASSWORD or --kafka-password-file." env:"MCPTRAIL_KAFKA_USER"`
	PasswordFile string   `name:"kafka-password-file" help:"File with the SASL password." env:"MCPTRAIL_KAFKA_PASSWORD_FILE" placeholder:"FILE"`

	// Socket is set by a program that runs the broker itself: the unix socket where it is.
	Socket string `kong:"-" json:"-"`
}

// PasswordVariable is the environment variable with the SASL password.
const PasswordVariable = "MCPTRAIL_KAFKA_PASSWORD"

// DefaultBroker names the broker of this user's `mcptrail up`. It listens on no port, so
// what listens there on the network is somebody else's and is never connected to.
const DefaultBroker = "127.0.0.1:7692"

// dialTimeout bounds one connection attempt.
const dialTimeout = 5 * time.Second

// Transport returns what writers and admin calls connect through.
// The password is read at this call, and not at each connection that is made later.
func (o Options) Transport() (*kafka.Transport, error) {
	mechanism, err := o.mechanism()
	if err != nil {
		return nil, err
	}
	config, err := o.tls()
	if err != nil {
		return nil, err
	}
	return &kafka.Transport{TLS: config, SASL: mechanism, Dial: o.dial, DialTimeout: dialTimeout, ClientID: "mcptrail"}, nil
}

// Dialer returns what readers and groups connect through.
// kafka-go has two kinds of clients with a type each for the same facts.
func (o Options) Dialer() (*kafka.Dialer, error) {
	t, err := o.Transport()
	if err != nil {
		return nil, err
	}
	return &kafka.Dialer{TLS: t.TLS, SASLMechanism: t.SASL, Timeout: dialTimeout, DualStack: true, ClientID: t.ClientID, DialFunc: o.dial}, nil
}

// errNotUp comes wrapped as a failed dial, for which [Options.Explain] knows the advice.
var errNotUp = errors.New("`mcptrail up` of this user does not run")

// dial connects to a broker: through its socket where it is the one that `mcptrail up`
// runs for this user, which neither a stranger can connect to nor a stranger's program on
// the port can stand in for.
//
// The address is not looked at where there is a socket: whatever the broker advertises as
// its own leads there too. The socket is looked up for each connection, so a broker that
// was started again is found.
func (o Options) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	if o.Socket != "" {
		return d.DialContext(ctx, "unix", o.Socket)
	}
	if socket, ok := running.KafkaSocket(o.Brokers); ok {
		return d.DialContext(ctx, "unix", socket)
	}
	if slices.Equal(o.Brokers, []string{DefaultBroker}) {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: errNotUp}
	}
	return d.DialContext(ctx, network, address)
}

// Check connects to the first broker that answers, authenticates and reads the
// topic's partitions; topic may be empty. Its error says what to do.
// It changes nothing: no topic is made. The error is that of the last broker.
func (o Options) Check(ctx context.Context, topic string) error {
	dialer, err := o.Dialer()
	if err != nil {
		return err
	}
	if len(o.Brokers) == 0 {
		return errors.New("no brokers given: use --brokers HOST:PORT")
	}
	for _, broker := range o.Brokers {
		if err = check(ctx, dialer, broker, topic); err == nil {
			return nil
		}
	}
	return o.Explain(err)
}

// check is bounded by twice the timeout of a dial, once for the connection with its login
// and once for the answer.
func check(ctx context.Context, dialer *kafka.Dialer, broker, topic string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*dialTimeout)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if topic == "" {
		_, err = conn.Brokers()
		return err
	}
	_, err = conn.ReadPartitions(topic)
	return err
}

// Explain adds the likeliest cause to an error of a broker connection.
// It wraps the error, so callers can still ask for its cause; nil and the end of a context
// stay as they are. The first case that fits counts.
func (o Options) Explain(err error) error {
	at := strings.Join(o.Brokers, ", ")
	var network *net.OpError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	// The admin calls of kafka-go report a refused login as a broker that is not available.
	case errors.Is(err, kafka.SASLAuthenticationFailed), o.sasl() && errors.Is(err, kafka.BrokerNotAvailable):
		return fmt.Errorf("the broker at %s refuses user %q: wrong user, password or mechanism (%s): %w", at, o.User, o.SASL, err)
	case errors.Is(err, kafka.UnknownTopicOrPartition):
		return fmt.Errorf("the broker at %s has no topic of ours: `mcptrail up` makes them, elsewhere create them first: %w", at, err)
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("no broker answers at %s: start `mcptrail up`, or give --brokers or MCPTRAIL_BROKERS: %w", at, network.Err)
	case !o.sasl() && errors.Is(err, io.EOF):
		return fmt.Errorf("the broker at %s hung up: it may want TLS (--kafka-tls) or SASL (--kafka-sasl): %w", at, err)
	}
	return fmt.Errorf("talking to the broker at %s: %w", at, err)
}

// sasl reports whether a mechanism was chosen; an Options made by a program, and not by
// flags, has none where kong would put "none".
func (o Options) sasl() bool { return o.SASL != "" && o.SASL != "none" }

// mechanism takes the password from the file, or else from the environment, and refuses an
// empty one here, since a broker would only say that the login failed.
func (o Options) mechanism() (sasl.Mechanism, error) {
	if !o.sasl() {
		return nil, nil
	}
	password := os.Getenv(PasswordVariable)
	if o.PasswordFile != "" {
		b, err := os.ReadFile(o.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading the Kafka password: %w", err)
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	if o.User == "" || password == "" {
		return nil, fmt.Errorf("SASL %s needs --kafka-user and a password in MCPTRAIL_KAFKA_PASSWORD or --kafka-password-file", o.SASL)
	}
	switch o.SASL {
	case "plain":
		return plain.Mechanism{Username: o.User, Password: password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, o.User, password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, o.User, password)
	}
	return nil, fmt.Errorf("SASL mechanism %q: must be none, plain, scram-sha-256 or scram-sha-512", o.SASL)
}

// tls returns nil without --kafka-tls, whatever files are named.
func (o Options) tls() (*tls.Config, error) {
	if !o.TLS {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("reading the brokers' certificates: %w", err)
		}
		// Only these authorities count, not the system's besides.
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the brokers' certificates: no PEM certificate in %s", o.CA)
		}
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.CertKey)
		if err != nil {
			return nil, fmt.Errorf("reading the client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
