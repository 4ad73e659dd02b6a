# Needs make and Python 3.11 or newer; everything else is installed into .venv by the first start.
PYTHON ?= python3
ARGS ?=
run_options = $(if $(PORT),--port $(PORT)) $(if $(SPEED),--speed $(SPEED)) $(ARGS)

.PHONY: run test check audit fmt css bench mutants simulate bugs chaos fuzz malformed screens client

run:    ; @exec $(PYTHON) bootstrap.py run $(run_options)
test:   ; @exec $(PYTHON) bootstrap.py test $(ARGS)
check:  ; @exec $(PYTHON) bootstrap.py check
audit:  ; @exec $(PYTHON) bootstrap.py audit $(ARGS)
fmt:    ; @exec $(PYTHON) bootstrap.py fmt
css:    ; @exec $(PYTHON) bootstrap.py css
bench:  ; @exec $(PYTHON) bootstrap.py bench $(ARGS)
mutants: ; @exec $(PYTHON) bootstrap.py mutants $(ARGS)
simulate: ; @exec $(PYTHON) bootstrap.py simulate $(ARGS)
bugs:     ; @exec $(PYTHON) bootstrap.py bugs $(ARGS)
chaos:    ; @exec $(PYTHON) bootstrap.py chaos $(ARGS)
fuzz:     ; @exec $(PYTHON) bootstrap.py fuzz $(ARGS)
malformed: ; @exec $(PYTHON) bootstrap.py malformed $(ARGS)
screens:   ; @exec $(PYTHON) bootstrap.py screens $(ARGS)
client:   ; @exec $(PYTHON) bootstrap.py client $(ARGS)
