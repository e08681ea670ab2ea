package main

import (
	"os"
	"path"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// The simulator makes disks without a size, and cannot grow them: these have the size that was asked for.

type diskManager struct {
	simulator.VirtualDiskManager
}

func (m *diskManager) CreateVirtualDiskTask(ctx *simulator.Context, req *types.CreateVirtualDisk_Task) soap.HasFault {
	before := exists(flat(req.Name))
	body := m.VirtualDiskManager.CreateVirtualDiskTask(ctx, req)
	if spec, ok := req.Spec.(*types.FileBackedVirtualDiskSpec); ok && !before && exists(flat(req.Name)) {
		_ = os.Truncate(flat(req.Name), spec.CapacityKb*1024)
	}
	return body
}

func (m *diskManager) ExtendVirtualDiskTask(req *types.ExtendVirtualDisk_Task) soap.HasFault {
	task := simulator.CreateTask(m, "extendVirtualDisk", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if err := os.Truncate(flat(req.Name), req.NewCapacityKb*1024); err != nil {
			return nil, new(types.FileNotFound)
		}
		return nil, nil
	})
	return &methods.ExtendVirtualDisk_TaskBody{Res: &types.ExtendVirtualDisk_TaskResponse{Returnval: task.Run()}}
}

type browser struct {
	simulator.HostDatastoreBrowser
}

func (b *browser) SearchDatastoreTask(req *types.SearchDatastore_Task) soap.HasFault {
	body := b.HostDatastoreBrowser.SearchDatastoreTask(req).(*methods.SearchDatastore_TaskBody)
	task := simulator.Map.Get(body.Res.Returnval).(*simulator.Task)
	if found, ok := task.Info.Result.(types.HostDatastoreBrowserSearchResults); ok {
		for _, each := range found.File {
			if disk, ok := each.(*types.VmDiskFileInfo); ok {
				if info, err := os.Stat(flat(found.FolderPath + " " + disk.Path)); err == nil {
					disk.CapacityKb = info.Size() / 1024
				}
			}
		}
	}
	return body
}

// extend puts these in the place of the simulator's own.
func extend() {
	manager := simulator.Map.VirtualDiskManager().(*simulator.VirtualDiskManager)
	simulator.Map.Put(&diskManager{*manager})
	for _, each := range simulator.Map.All("Datastore") {
		ref := each.(*simulator.Datastore).Browser
		simulator.Map.Put(&browser{*simulator.Map.Get(ref).(*simulator.HostDatastoreBrowser)})
	}
}

func flat(name string) string {
	var p object.DatastorePath
	p.FromString(name)
	for _, each := range simulator.Map.All("Datastore") {
		if each.Entity().Name == p.Datastore {
			dir := each.(*simulator.Datastore).Info.GetDatastoreInfo().Url
			return path.Join(dir, strings.TrimSuffix(p.Path, ".vmdk")+"-flat.vmdk")
		}
	}
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
