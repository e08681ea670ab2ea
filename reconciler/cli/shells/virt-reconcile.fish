# Completion of virt-reconcile for fish.
# For this shell alone:  virt-reconcile completion fish | source
# For good:              virt-reconcile completion fish --install

function __virt_reconcile
    set -l words (commandline -opc)
    for line in ($words[1] __complete fish $words[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case :folders
                __fish_complete_directories (commandline -ct) ''
            case :files
                __fish_complete_path (commandline -ct) ''
            case :nospace
            case '*'
                echo $line
        end
    end
end

complete --command virt-reconcile --no-files --arguments '(__virt_reconcile)'
