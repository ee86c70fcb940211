package kafkasource

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Access is how to reach and enter a Kafka cluster. Embed it in a kong command.
type Access struct {
	Brokers      []string `env:"MCPTRAIL_BROKERS" default:"127.0.0.1:9092" placeholder:"ADDR" help:"Kafka brokers to ask first, as HOST:PORT,…"`
	TLS          bool     `name:"kafka-tls" env:"MCPTRAIL_KAFKA_TLS" help:"Connect to Kafka with TLS."`
	CAFile       string   `name:"kafka-ca" env:"MCPTRAIL_KAFKA_CA" help:"PEM file of the authorities to trust instead of the system's; implies TLS."`
	SASL         string   `name:"kafka-sasl" env:"MCPTRAIL_KAFKA_SASL" enum:",plain,scram-sha-256,scram-sha-512" default:"" help:"SASL mechanism: plain, scram-sha-256 or scram-sha-512."`
	User         string   `name:"kafka-user" env:"MCPTRAIL_KAFKA_USER" help:"SASL user."`
	Password     string   `name:"kafka-password" env:"MCPTRAIL_KAFKA_PASSWORD" help:"SASL password; better given by environment or file, since others on this host can read flags."`
	PasswordFile string   `name:"kafka-password-file" env:"MCPTRAIL_KAFKA_PASSWORD_FILE" help:"File that holds the SASL password."`
}

// Validate names the first value that cannot work.
func (a Access) Validate() error {
	if len(a.Brokers) == 0 {
		return errors.New("no Kafka brokers given")
	}
	for _, addr := range a.Brokers {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("Kafka broker %q: want HOST:PORT", addr)
		}
	}
	if a.SASL != "" && a.User == "" {
		return fmt.Errorf("SASL %s needs a user", a.SASL)
	}
	if a.SASL == "" && (a.User != "" || a.Password != "" || a.PasswordFile != "") {
		return errors.New("a Kafka user or password is given, but no SASL mechanism")
	}
	return nil
}

func (a Access) dialer() (*kafka.Dialer, error) {
	d := &kafka.Dialer{ClientID: "mcptrail-ingest", Timeout: 10 * time.Second, DualStack: true}
	if a.TLS || a.CAFile != "" {
		d.TLS = &tls.Config{}
	}
	if a.CAFile != "" {
		pem, err := os.ReadFile(a.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading the authorities of Kafka: %w", err)
		}
		d.TLS.RootCAs = x509.NewCertPool()
		if !d.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the authorities of Kafka: no certificate in %s", a.CAFile)
		}
	}
	password := a.Password
	if a.PasswordFile != "" {
		b, err := os.ReadFile(a.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading the Kafka password: %w", err)
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	var err error
	d.SASLMechanism, err = a.mechanism(password)
	return d, err
}

func (a Access) mechanism(password string) (sasl.Mechanism, error) {
	switch a.SASL {
	case "":
		return nil, nil
	case "plain":
		return plain.Mechanism{Username: a.User, Password: password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, a.User, password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, a.User, password)
	}
	return nil, fmt.Errorf("SASL mechanism %q: want plain, scram-sha-256 or scram-sha-512", a.SASL)
}

// explain adds the likelier cause to an error that hides it.
func (a Access) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return fmt.Errorf("%w: wrong user or password for %s", err, a.SASL)
	case errors.Is(err, kafka.BrokerNotAvailable) && a.SASL != "":
		return fmt.Errorf("%w: most often this is a wrong user or password for %s", err, a.SASL)
	case errors.Is(err, kafka.UnsupportedSASLMechanism):
		return fmt.Errorf("%w: the broker does not offer %s on this listener", err, a.SASL)
	}
	return err
}
