// A vCenter or an ESX of govmomi's simulator, over TLS with a certificate of the tests' own.
//
// It says its address on standard output, and ends when its standard input does, so that none outlives
// whoever started it.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	esx := flag.Bool("esx", false, "a lone ESX instead of a vCenter")
	machines := flag.Int("machines", 0, "machines in each resource pool")
	hosts := flag.Int("hosts", 2, "ESX hosts of the vCenter's one cluster")
	datastores := flag.Int("datastores", 2, "datastores, which all hosts have")
	datastore := flag.String("datastore", "", "what the first datastore is called")
	listen := flag.String("listen", "127.0.0.1:0", "address")
	user := flag.String("user", "operator", "who may log in")
	password := flag.String("password", "", "with which password")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	idle := flag.Duration("idle", 0, "after which a session is forgotten")
	flag.Parse()
	log.SetOutput(io.Discard)

	model := simulator.VPX()
	if *esx {
		model = simulator.ESX()
	} else {
		model.Host, model.ClusterHost = 0, *hosts
	}
	model.Machine, model.Datastore, model.Autostart = *machines, *datastores, false
	simulator.SessionIdleTimeout = *idle
	if err := model.Create(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *datastore != "" {
		call(*datastore)
	}
	extend()
	extendNetworks()
	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	model.Service.Listen = &url.URL{Host: *listen, User: url.UserPassword(*user, *password)}
	fmt.Println(model.Service.NewServer().URL.Host)
	_, _ = io.Copy(io.Discard, os.Stdin)
	model.Remove()
	os.Exit(0) // whatever still waits for an answer
}

// call gives the first datastore a name.
func call(name string) {
	store := simulator.Map.Any("Datastore").(*simulator.Datastore)
	store.Name, store.Summary.Name = name, name
	store.Info.GetDatastoreInfo().Name = name
}
