package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// The simulator lets only one host have a port group of a name, and cannot change one: a vCenter shows those
// of all hosts as one network, and these do so.

type networkSystem struct {
	simulator.HostNetworkSystem
}

func (s *networkSystem) index(name string) int {
	for i, each := range s.NetworkInfo.Portgroup {
		if each.Spec.Name == name {
			return i
		}
	}
	return -1
}

func (s *networkSystem) AddPortGroup(ctx *simulator.Context, c *types.AddPortGroup) soap.HasFault {
	shared := false
	for _, other := range systems() {
		shared = shared || other != s && other.index(c.Portgrp.Name) >= 0
	}
	if !shared || s.index(c.Portgrp.Name) >= 0 {
		return s.HostNetworkSystem.AddPortGroup(ctx, c)
	}
	group := types.HostPortGroup{Key: "key-vim.host.PortGroup-" + c.Portgrp.Name, Spec: c.Portgrp}
	s.NetworkInfo.Portgroup = append(s.NetworkInfo.Portgroup, group)
	return &methods.AddPortGroupBody{Res: new(types.AddPortGroupResponse)}
}

func (s *networkSystem) UpdatePortGroup(c *types.UpdatePortGroup) soap.HasFault {
	i := s.index(c.PgName)
	if i < 0 {
		return &methods.UpdatePortGroupBody{Fault_: simulator.Fault("", new(types.NotFound))}
	}
	s.NetworkInfo.Portgroup[i].Spec = c.Portgrp
	return &methods.UpdatePortGroupBody{Res: new(types.UpdatePortGroupResponse)}
}

func (s *networkSystem) RemovePortGroup(ctx *simulator.Context, c *types.RemovePortGroup) soap.HasFault {
	i, last := s.index(c.PgName), true
	if i < 0 {
		return &methods.RemovePortGroupBody{Fault_: simulator.Fault("", new(types.NotFound))}
	}
	for _, other := range systems() {
		last = last && (other == s || other.index(c.PgName) < 0)
	}
	groups := s.NetworkInfo.Portgroup
	if last {
		own := s.NetworkInfo.Vswitch
		for _, each := range systems() { // whichever was the first has it among those of its switch
			if each != s {
				s.NetworkInfo.Vswitch = each.NetworkInfo.Vswitch
			}
			body := s.HostNetworkSystem.RemovePortGroup(ctx, c)
			s.NetworkInfo.Vswitch = own
			if body.Fault() == nil {
				return body
			}
		}
	}
	s.NetworkInfo.Portgroup = append(groups[:i:i], groups[i+1:]...)
	return &methods.RemovePortGroupBody{Res: new(types.RemovePortGroupResponse)}
}

var known []*networkSystem

func systems() []*networkSystem { return known }

func extendNetworks() {
	for _, each := range simulator.Map.All("HostSystem") {
		ref := *each.(*simulator.HostSystem).ConfigManager.NetworkSystem
		system := &networkSystem{*simulator.Map.Get(ref).(*simulator.HostNetworkSystem)}
		copied := *system.NetworkInfo
		copied.Portgroup = append([]types.HostPortGroup(nil), copied.Portgroup...)
		system.NetworkInfo = &copied
		simulator.Map.Put(system)
		known = append(known, system)
	}
}
